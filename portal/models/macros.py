"""Replies that agents keep for later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Id, UtcDateTime, new_hex_id
from portal.models.organizations import User

_KEPT = text("removed_at IS NULL")


class Macro(Base):
    """A reply in Markdown, with placeholders; all agents share it. `written_by` is who wrote it last."""

    __tablename__ = "macros"
    __table_args__ = (Index("uq_macros_name", "name", unique=True, sqlite_where=_KEPT, postgresql_where=_KEPT),)

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    name: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    written_by: Mapped[User] = relationship(foreign_keys=[written_by_id])
