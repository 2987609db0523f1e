"""Tells the sender of a mail that it did not get where it was sent: once a day at most, and machines never."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.throttles import INCOMING_NOTICE, INCOMING_NOTICES, Hit
from portal.models.incoming_mail import IncomingMail
from portal.services import letters, outbox, throttles
from portal.services.outbox import Thread


def tell_quarantined(session: Session, mail: IncomingMail, *, at: datetime) -> None:
    """That people look at it first. Which cases there are is not said: strangers read this, too (MAIL-45)."""
    _tell(session, mail, "incoming_quarantined", at=at)


def tell_refused(session: Session, mail: IncomingMail, words: str, *, at: datetime) -> None:
    """Why a rule refuses what it asks for."""
    _tell(session, mail, "incoming_refused", at=at, words=words)


def _tell(session: Session, mail: IncomingMail, name: str, *, at: datetime, **facts: object) -> None:
    # What the mail says is not repeated: its sender may be made up, and nobody is to write to others through us.
    # Both are counted always, so that a flood from many addresses is one flood.
    if throttles.count(session, [Hit(INCOMING_NOTICE, mail.sender), Hit(INCOMING_NOTICES, "all")], at=at):
        return
    letter = letters.write(name, received_on=mail.received_at.date(), **facts)
    thread = Thread(mail.message_id) if mail.message_id else None
    outbox.post(session, letter, to=[mail.sender], key=f"incoming {mail.hex_id} notice", at=at, thread=thread)
