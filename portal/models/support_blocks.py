"""Who is kept from support, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, UtcDateTime, new_hex_id
from portal.models.organizations import User


class SupportBlock(Base):
    """That staff ended support for one person of an organization, or for all of them (`user_id` None), and why (NE-16).

    It holds until `lifted_at`, and stays as a row. Invoices and everything else go on as they are.
    """

    __tablename__ = "support_blocks"
    __table_args__ = (Index(None, "organization_id", "lifted_at"),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text)
    blocked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    lifted_because: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    blocked_by: Mapped[User] = relationship(foreign_keys=[blocked_by_id])
