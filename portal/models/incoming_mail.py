"""Mail that came in: kept as it came, before anything is done with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.incoming.authentication import Verdict
from portal.domain.incoming.states import IncomingState
from portal.models.base import Base, Id, UtcDateTime, new_hex_id, one_of
from portal.models.cases import Case
from portal.models.organizations import User

_WAITING = text("state = 'received'")


class IncomingMail(Base):
    """A mail that came in. `key` is that of its Message-ID and sender, or else of its bytes: the same mail comes once.

    `raw` has card numbers masked (MAIL-36). `envelope_from` is empty where the relay named no sender, None where it
    told none. `reason` says in words for staff why it stands where it does. What could not be worked off is tried
    again from `next_try_at` on. `case_id` is the case that it belongs to or asks for.
    """

    __tablename__ = "incoming_mail"
    __table_args__ = (
        Index("ix_incoming_mail_waiting", "next_try_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index(None, "state", "id"),
        Index(None, "case_id"),
    )

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    message_id: Mapped[str] = mapped_column(String(200))
    envelope_from: Mapped[str | None] = mapped_column(String(254))
    envelope_to: Mapped[list[str]] = mapped_column(JSON)
    sender: Mapped[str] = mapped_column(String(254))
    sender_name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[IncomingState] = mapped_column(one_of(IncomingState))
    verdict: Mapped[Verdict | None] = mapped_column(one_of(Verdict))
    reason: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("case_entries.id"))

    case: Mapped[Case | None] = relationship()
    settled_by: Mapped[User | None] = relationship()
