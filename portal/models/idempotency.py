"""Requests that were answered, so that the same request again is answered alike and does nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, UtcDateTime


class AnsweredRequest(Base):
    """A key that a form or a program sent, and what was answered (KEY-1).

    `holder` is who sent it, as `user:7`, `token:3` or `nobody`; `endpoint` names the route. `fingerprint` is a keyed
    hash of what was sent, so that no password can be guessed from it. `answer` holds status, headers, body and news;
    it is None only inside the transaction that is making the answer.
    """

    __tablename__ = "answered_requests"
    __table_args__ = (UniqueConstraint("holder", "endpoint", "key"), Index(None, "made_at"))

    id: Mapped[Id]
    holder: Mapped[str] = mapped_column(String(40))
    endpoint: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
