"""Deliveries: which mail went to whom, what the mail server said, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.domain.looks import Look
from portal.domain.mail import DeliveryState, is_address
from portal.models.documents import Document
from portal.models.organizations import Organization, User
from portal.models.outbox import DeliveryAttempt, Message, MessageDocument, Recipient, Resend
from portal.services import looks
from portal.services.searching import is_searched

# What a mail is not on its way in any more, without having been taken.
FAILED = frozenset({DeliveryState.REFUSED, DeliveryState.GIVEN_UP})


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail to one recipient; `organization` is the name of the one that it is about."""

    recipient: Recipient
    message: Message
    organization: str | None

    @property
    def can_be_resent(self) -> bool:
        """Whether it makes sense to send it again: it failed, its address is one, and there is still what to send."""
        return self.recipient.state in FAILED and is_address(self.recipient.address) and not self.is_erased

    @property
    def is_erased(self) -> bool:
        """Whether its text was secret and is gone (MAIL-21)."""
        return not self.message.text

    @property
    def is_waiting_for_documents(self) -> bool:
        """Whether a document that goes with it has no file yet."""
        return self.recipient.state is DeliveryState.QUEUED and self.recipient.next_try_at is None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happened to a delivery: tries, and who had it sent again; and the documents that go with it."""

    attempts: Sequence[DeliveryAttempt]
    resends: Sequence[tuple[Resend, str]]
    documents: Sequence[str]


def newest(
    session: Session, *, state: DeliveryState | None, search: str, before: int | None, limit: int
) -> Sequence[Delivery]:
    """The deliveries in `state` with `search` in address or subject, the newest first, from below the id `before`.

    A search looks at the newest `MOST_SEARCHED` of the state.
    """
    conditions = [] if state is None else [Recipient.state == state]
    query = _deliveries().where(*conditions).order_by(Recipient.id.desc()).limit(limit)
    if search:
        fits = (column.icontains(search, autoescape=True) for column in (Recipient.address, Message.subject))
        query = query.where(or_(*fits), is_searched(Recipient.id, *conditions))
    if before is not None:
        query = query.where(Recipient.id < before)
    return [Delivery(*row) for row in session.execute(query)]


def find(session: Session, recipient_id: int) -> Delivery | None:
    """One delivery; None where there is none."""
    row = session.execute(_deliveries().where(Recipient.id == recipient_id)).one_or_none()
    return Delivery(*row) if row else None


def story(session: Session, delivery: Delivery) -> Story:
    """What happened to it, oldest first."""
    own = delivery.recipient.id
    resends = (
        select(Resend, User.name)
        .join(User, User.id == Resend.asked_by_id)
        .where(Resend.recipient_id == own)
        .order_by(Resend.after_attempts)
    )
    documents = (
        select(Document.number)
        .join(MessageDocument, MessageDocument.document_id == Document.id)
        .where(MessageDocument.message_id == delivery.message.id)
        .order_by(Document.id)
    )
    attempts = select(DeliveryAttempt).where(DeliveryAttempt.recipient_id == own).order_by(DeliveryAttempt.number)
    return Story(
        attempts=session.scalars(attempts).all(),
        resends=[(resend, name) for resend, name in session.execute(resends)],
        documents=session.scalars(documents).all(),
    )


def send_again(session: Session, delivery: Delivery, *, by: User, at: datetime) -> None:
    """Have a refused or given-up mail tried again from now on, as the same mail (MAIL-18).

    Nothing happens to one that is on its way or was taken, so that two clicks are one effect. Refused for an address
    that no mail can be sent to, and where the text is erased.
    """
    recipient = session.get_one(Recipient, delivery.recipient.id, with_for_update=True, populate_existing=True)
    if recipient.state not in FAILED:
        return
    if not is_address(recipient.address):
        raise Refusal("No mail can be sent to this address. Correct it where it is kept; the next mail goes there.")
    if delivery.is_erased:
        raise Refusal("This mail was for its recipient's eyes only, and its text is erased. Ask for a new one.")
    session.add(Resend(recipient_id=recipient.id, after_attempts=recipient.attempts, asked_by_id=by.id, asked_at=at))
    recipient.state, recipient.settled_at = DeliveryState.QUEUED, None
    recipient.attempts_before, recipient.next_try_at = recipient.attempts, at
    session.flush()
    looks.ask(session, Look.MAIL)


def _deliveries() -> Select[Recipient, Message, str | None]:
    return (
        select(Recipient, Message, Organization.name)
        .join(Message, Message.id == Recipient.message_id)
        .outerjoin(Organization, Organization.id == Message.organization_id)
    )
