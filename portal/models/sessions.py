"""Who is signed in where, ways back for forgotten passwords, attempts that are counted, what happened to accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.sessions import AccountEvent, EndReason
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.organizations import User


class LoginSession(Base):
    """A person signed in with a browser. The browser has the token; here is only its hash."""

    __tablename__ = "login_sessions"
    __table_args__ = (Index(None, "user_id", "ended_at"), Index(None, "last_seen_at"))

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    network: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_because: Mapped[EndReason | None] = mapped_column(one_of(EndReason))

    user: Mapped[User] = relationship()


class PasswordReset(Base):
    """Somebody asked for a way back; until a job looked, all that is known is the address as it was typed."""

    __tablename__ = "password_resets"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ThrottleCount(Base):
    """How often something was tried until `ends_at`. The key is a hash: what was typed is not kept."""

    __tablename__ = "throttle_counts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AccountActivity(Base):
    """What happened to a person's account, and who did it. Rows are only added."""

    __tablename__ = "account_activities"
    __table_args__ = (Index(None, "user_id", "happened_at"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    type: Mapped[AccountEvent] = mapped_column(one_of(AccountEvent))
    detail: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
