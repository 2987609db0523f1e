"""Staff answer the sender of a mail in quarantine, once, without a case (DESK-8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.mail import is_address
from portal.models.incoming_mail import IncomingMail
from portal.models.outbox import Message
from portal.services import letters, outbox
from portal.services.outbox import Thread

LONGEST = 4_000


def answered_at(session: Session, mail: IncomingMail) -> datetime | None:
    """When staff answered it; None where they have not."""
    return session.scalar(select(Message.posted_at).where(Message.key == _key(mail)))


def answer(session: Session, mail: IncomingMail, words: str, *, at: datetime) -> None:
    """Send `words` to its sender, who may be made up: so it is done once, and repeats nothing of the mail."""
    words = words.strip()
    if not words or len(words) > LONGEST:
        raise Refusal(f"Write an answer of at most {LONGEST:,} characters.")
    if not is_address(mail.sender):
        raise Refusal("Nobody can be answered: it has no sender.")
    if answered_at(session, mail) is not None:
        raise AlreadyDone("It was answered already.")
    letter = letters.write("incoming_answered", received_on=mail.received_at.date(), words=words)
    thread = Thread(mail.message_id) if mail.message_id else None
    outbox.post(session, letter, to=[mail.sender], key=_key(mail), at=at, thread=thread)


def _key(mail: IncomingMail) -> str:
    return f"incoming {mail.hex_id} answer"
