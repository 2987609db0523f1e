"""Mail that came in: kept first, as it came, and then worked off once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, undefer

from portal.domain.incoming import reading
from portal.domain.incoming.letters import IncomingLetter
from portal.domain.incoming.states import IncomingState
from portal.domain.looks import Look
from portal.models.base import Base, new_hex_id
from portal.models.incoming_mail import IncomingMail
from portal.models.organizations import User
from portal.services import looks

_TABLE = Base.metadata.tables[IncomingMail.__tablename__]
_LONGEST_ADDRESS, _MOST_RECIPIENTS = 254, 200
# After so many tries that ended in an error, people look at it.
MOST_TRIES = 5
_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail at our door: its bytes, and sender and recipients as the relay named them.

    `sender` is empty where it named none, and None where nobody knows.
    """

    raw: bytes
    sender: str | None = None
    recipients: Sequence[str] = field(default_factory=tuple)


def receive(session: Session, arrival: Arrival, *, at: datetime) -> bool:
    """Keep a mail, before anything is done with it; False where it is here already (MAIL-40)."""
    head = reading.read_head(arrival.raw, envelope_from=arrival.sender)
    values = {
        "hex_id": new_hex_id(),
        "key": _key(arrival, head),
        "message_id": head.message_id,
        "envelope_from": None if arrival.sender is None else _address(arrival.sender),
        "envelope_to": [_address(one) for one in arrival.recipients[:_MOST_RECIPIENTS]],
        "sender": head.sender,
        "sender_name": head.sender_name,
        "subject": head.subject,
        "raw": reading.masked(arrival.raw),
        "received_at": at,
        "state": IncomingState.RECEIVED,
        "attempts": 0,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    kept = insert(_TABLE).values(values).on_conflict_do_nothing(index_elements=["key"]).returning(_TABLE.c.id)
    is_new = session.scalar(kept) is not None
    if is_new:
        looks.ask(session, Look.INCOMING)
    return is_new


def next_due(session: Session, *, at: datetime, but: Collection[int] = ()) -> IncomingMail | None:
    """The mail that has waited the longest, with its bytes; None where none is due. Those of `but` are passed over."""
    due = _due(at).where(IncomingMail.id.not_in(but)).order_by(IncomingMail.id).limit(1)
    return session.scalars(due.options(undefer(IncomingMail.raw))).one_or_none()


def hold(session: Session, mail_id: int, *, at: datetime) -> IncomingMail | None:
    """The mail, held by this transaction; None where another process has it or has worked it off."""
    return session.scalars(_due(at).where(IncomingMail.id == mail_id).with_for_update(skip_locked=True)).one_or_none()


def settle(
    mail: IncomingMail, state: IncomingState, reason: str | None, *, at: datetime, by: User | None = None
) -> None:
    """Note what became of it, and why; `by` is whoever of staff decided so."""
    mail.state, mail.reason, mail.settled_at, mail.next_try_at = state, reason, at, None
    mail.settled_by_id = by.id if by else None


def put_off(session: Session, mail_id: int, *, at: datetime) -> None:
    """Note that working it off ended in an error: it is tried again later, and at last shown to staff."""
    mail = session.get_one(IncomingMail, mail_id, with_for_update=True)
    if mail.state is not IncomingState.RECEIVED:
        return
    mail.attempts += 1
    mail.next_try_at = at + _PAUSE * mail.attempts
    if mail.attempts >= MOST_TRIES:
        settle(mail, IncomingState.QUARANTINED, "It could not be worked off; the log says why.", at=at)


def _due(at: datetime) -> Select[IncomingMail]:
    is_due = or_(IncomingMail.next_try_at.is_(None), IncomingMail.next_try_at <= at)
    return select(IncomingMail).where(IncomingMail.state == IncomingState.RECEIVED, is_due)


def _key(arrival: Arrival, head: IncomingLetter) -> str:
    """One mail has one Message-ID. With the sender beside it, nobody takes another's away by coming first."""
    named = f"{head.message_id}\0{head.sender}".encode() if head.message_id else arrival.raw
    return hashlib.sha256(named).hexdigest()


def _address(text: str) -> str:
    return "".join(sign for sign in text.strip().casefold() if sign.isprintable())[:_LONGEST_ADDRESS]
