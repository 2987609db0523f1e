"""The people of the vendor who look after one organization."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, UtcDateTime, new_hex_id


class AccountTeamMember(Base):
    """Somebody of an organization's account team: name, what they do there, and their e-mail address.

    Who leaves the team keeps the row; who changes is one who leaves and one who comes.
    """

    __tablename__ = "account_team_members"
    __table_args__ = (Index(None, "organization_id", "removed_at"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(200))
    works_as: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
