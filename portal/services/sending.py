"""Sends what is in the outbox, one message at a time: claim it, put it together, write down what became of it."""

# No mail server is asked inside a transaction. `claim` writes the tries down and puts the next one off by a lease, the
# caller commits and asks the server, `record` writes down what it said. Who is killed in between leaves tries without
# an answer; when the lease is over, the mail is due again.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invoices.archive import Archive
from portal import catalogues
from portal.domain.incoming.writers import LOOP_HEADER
from portal.domain.mail import DeliveryState, Outcome, in_ascii, is_address, pause_after
from portal.gateways.mail import Answer, Mail
from portal.models.documents import Document, DocumentFile
from portal.models.outbox import DeliveryAttempt, Message, MessageDocument, Recipient
from portal.services import outbox, rendering

# Longer than a gateway may take for one mail, so that nobody takes up what is still being sent (MAIL-15).
LEASE = timedelta(minutes=30)
_STATES = {Outcome.ACCEPTED: DeliveryState.ACCEPTED, Outcome.REFUSED: DeliveryState.REFUSED}


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process alone sends now, to which addresses, as which try; by the ids of the recipients."""

    message_id: int
    recipients: Mapping[int, str]
    attempts: Mapping[int, int]


def release(session: Session, *, at: datetime) -> None:
    """Let go what waited for documents that are archived by now (MAIL-11)."""
    missing = (
        select(MessageDocument.message_id)
        .outerjoin(DocumentFile, DocumentFile.document_id == MessageDocument.document_id)
        .where(MessageDocument.message_id == Recipient.message_id, DocumentFile.document_id.is_(None))
    )
    session.execute(
        update(Recipient)
        .where(Recipient.state == DeliveryState.QUEUED, Recipient.next_try_at.is_(None), ~missing.exists())
        .values(next_try_at=at)
        .execution_options(synchronize_session=False)
    )


def claim(session: Session, *, at: datetime) -> Claim | None:
    """The message that is due the longest, for those of its recipients for whom it is due; None when nothing is.

    What another process has just claimed is passed over (MAIL-14).
    """
    due = (Recipient.state == DeliveryState.QUEUED, Recipient.next_try_at <= at)
    unclaimed = select(Recipient).where(*due).with_for_update(skip_locked=True)
    first = session.scalar(unclaimed.order_by(Recipient.next_try_at, Recipient.id).limit(1))
    if first is None:
        return None
    recipients = session.scalars(unclaimed.where(Recipient.message_id == first.message_id)).all()
    for recipient in recipients:
        recipient.attempts += 1
        recipient.next_try_at = at + LEASE
        session.add(DeliveryAttempt(recipient_id=recipient.id, number=recipient.attempts, begun_at=at))
    session.flush()
    return Claim(
        first.message_id,
        {recipient.id: in_ascii(recipient.address) for recipient in recipients},
        {recipient.id: recipient.attempts for recipient in recipients},
    )


def compose(
    session: Session, archive: Archive, claimed: Claim, *, sender: str | None, support_address: str | None = None
) -> Mail:
    """The mail as it goes out, from `sender` or else from the company; its bytes are the same on every try.

    It names all recipients of the message, and is handed over for those that were claimed. Answers to one of a case go
    to `support_address`, with the case's token in it (MAIL-22).
    """
    message = session.get_one(Message, claimed.message_id)
    if not message.text:
        raise LookupError("the text is erased: another process has sent it meanwhile")
    recipients = session.scalars(
        select(Recipient).where(Recipient.message_id == message.id).order_by(Recipient.id)
    ).all()
    name, address = parseaddr(sender) if sender else _company()
    written = EmailMessage(policy=SMTP)
    written["Message-ID"] = message.header_id
    written["Date"] = message.posted_at
    written["From"] = Address(name, addr_spec=in_ascii(address))
    written["To"] = [Address(addr_spec=in_ascii(one.address)) for one in recipients if is_address(one.address)]
    written["Subject"] = message.subject
    _thread(written, message, support_address)
    written.set_content(message.text)
    _attach(session, archive, written, message)
    return Mail(
        header_id=message.header_id,
        sender=in_ascii(address),
        recipients=tuple(claimed.recipients.values()),
        subject=message.subject,
        content=written.as_bytes(),
    )


def record(session: Session, claimed: Claim, answers: Mapping[int, Answer], *, at: datetime) -> None:
    """Write down what became of a claimed message, and when it is tried again where that makes sense (MAIL-12).

    An answer that comes after the lease counts only where it says that the mail was taken.
    """
    # Held first, so that of two who settle recipients of one message the later one sees what the other did.
    message = session.get_one(Message, claimed.message_id, with_for_update=True)
    recipients = session.scalars(
        select(Recipient).where(Recipient.id.in_(claimed.attempts)).order_by(Recipient.id).with_for_update()
    )
    for recipient in recipients:
        number, answer = claimed.attempts[recipient.id], answers[recipient.id]
        attempt = session.get_one(DeliveryAttempt, (recipient.id, number))
        attempt.answered_at, attempt.outcome, attempt.answer = at, answer.outcome, answer.text
        is_late = recipient.attempts != number
        if recipient.state is not DeliveryState.ACCEPTED and (not is_late or answer.outcome is Outcome.ACCEPTED):
            _move(recipient, answer, at)
    session.flush()
    if message.is_secret and not _is_on_its_way(session, message):
        message.text = ""
        session.flush()


def _is_on_its_way(session: Session, message: Message) -> bool:
    queued = Recipient.message_id == message.id, Recipient.state == DeliveryState.QUEUED
    return session.scalar(select(Recipient.id).where(*queued).limit(1)) is not None


def _move(recipient: Recipient, answer: Answer, at: datetime) -> None:
    pause = pause_after(recipient.attempts - recipient.attempts_before)
    state = _STATES.get(answer.outcome) or (DeliveryState.QUEUED if pause else DeliveryState.GIVEN_UP)
    is_settled = state is not DeliveryState.QUEUED
    recipient.state, recipient.answer = state, answer.text
    recipient.next_try_at = None if is_settled or pause is None else at + pause
    recipient.settled_at = at if is_settled else None


def _attach(session: Session, archive: Archive, written: EmailMessage, message: Message) -> None:
    documents = session.scalars(
        select(Document)
        .join(MessageDocument, MessageDocument.document_id == Document.id)
        .where(MessageDocument.message_id == message.id)
        .order_by(Document.id)
    ).all()
    for row in documents:
        pdf = rendering.pdf_of(session, archive, row)
        written.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{row.number}.pdf")
    if documents:
        # Otherwise it is a random one on every try.
        written.set_boundary(f"=_{message.header_id.strip('<>').partition('@')[0]}")


def _thread(written: EmailMessage, message: Message, support_address: str | None) -> None:
    if message.is_automatic:
        # Nobody's absence note answers it.
        written["Auto-Submitted"] = "auto-generated"
    # A mail of ours that comes back is known by it, whatever else became of it on its way (MAIL-43).
    written[LOOP_HEADER] = outbox.own_domain()
    if message.thread_id:
        written["In-Reply-To"] = message.thread_id
        written["References"] = message.thread_id
    if message.reply_token:
        local, _, domain = in_ascii(support_address or outbox.support_address()).rpartition("@")
        written["Reply-To"] = Address(addr_spec=f"{local}+{message.reply_token}@{domain}")


def _company() -> tuple[str, str]:
    entity = catalogues.load_seller().entity
    return entity.brand, entity.email
