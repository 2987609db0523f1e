"""Lists of cases that people keep by a name, and how customers found what was done for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, UtcDateTime, new_hex_id


class SavedView(Base):
    """A person's own list in an organization: `query` is that of the list's address."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "organization_id", "name"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseRating(Base):
    """What the requester says of a case that is solved; the newest counts."""

    __tablename__ = "case_ratings"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    rated_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    is_good: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime)
