"""Agents who have a case open right now: advice for the others, and never a lock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, UtcDateTime
from portal.models.organizations import User


class Onlooker(Base):
    """That an agent looked at a case, last at `seen_at`; whoever closes the page is forgotten soon."""

    __tablename__ = "case_onlookers"
    __table_args__ = (Index(None, "user_id", "seen_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
