"""The outbox: mail is asked for by a row in the transaction that causes it, and sent later by a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.looks import Look
from portal.domain.mail import DeliveryState, is_address
from portal.models.base import Base, new_hex_id
from portal.models.organizations import Organization
from portal.models.outbox import Message, MessageDocument, Recipient
from portal.services import looks
from portal.services.letters import Letter

# Built once, and without the ORM's own work on each row: every tax invoice of a month close passes here.
_MESSAGES, _DOCUMENTS, _RECIPIENTS = (
    Base.metadata.tables[table.__tablename__] for table in (Message, MessageDocument, Recipient)
)
_BEGIN = {
    name: insert(_MESSAGES).on_conflict_do_nothing(index_elements=["key"]).returning(_MESSAGES.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
NOBODY = "Nobody is named who could get this mail."
NO_ADDRESS = "This is no address that a mail can be sent to."


def post(
    session: Session,
    letter: Letter,
    *,
    to: Sequence[str],
    key: str,
    at: datetime,
    organization: Organization | None = None,
    document_ids: Sequence[int] = (),
) -> None:
    """Ask for `letter` to be sent to each of `to`, with the PDFs of documents; the same `key` twice is one mail.

    It is sent after the caller's commit, once the documents are archived (MAIL-10, MAIL-11). An address that no mail
    can be sent to stops nothing: it is shown as refused among the deliveries (MAIL-16).
    """
    message_id = _begin(session, letter, key, at, organization)
    if message_id is None:
        return
    if document_ids:
        attached = [{"message_id": message_id, "document_id": one} for one in document_ids]
        session.execute(_DOCUMENTS.insert(), attached)
    first: dict[str, str] = {}
    for address in to:
        first.setdefault(address.strip().casefold(), address.strip())
    first_try_at = None if document_ids else at
    rows = [_recipient(message_id, address, at, first_try_at) for address in first.values() or [""]]
    session.execute(_RECIPIENTS.insert(), rows)
    looks.ask(session, Look.MAIL)


def withdraw(session: Session, organization: Organization) -> None:
    """Take back all mail of an organization that is being played: nothing is sent for a scenario (SIM-1).

    It stands in the transaction that posted the mail, so that nobody can have begun to send it.
    """
    own = select(Message.id).where(Message.organization_id == organization.id)
    session.execute(delete(MessageDocument).where(MessageDocument.message_id.in_(own)))
    session.execute(delete(Recipient).where(Recipient.message_id.in_(own)))
    session.execute(delete(Message).where(Message.organization_id == organization.id))


def _begin(session: Session, letter: Letter, key: str, at: datetime, organization: Organization | None) -> int | None:
    """The new message's id; None where the key has a message already."""
    values = {
        "key": key,
        "header_id": f"<{new_hex_id()}@{catalogues.load_seller().entity.email.rpartition('@')[2]}>",
        "organization_id": organization.id if organization else None,
        "subject": letter.subject,
        "text": letter.text,
        "posted_at": at,
    }
    begun: int | None = session.scalar(_BEGIN[session.get_bind().dialect.name], values)
    return begun


def _recipient(message_id: int, address: str, at: datetime, first_try_at: datetime | None) -> dict[str, object]:
    problem = None if is_address(address) else NO_ADDRESS if address else NOBODY
    return {
        "message_id": message_id,
        "address": address[:254],
        "state": DeliveryState.REFUSED if problem else DeliveryState.QUEUED,
        "attempts": 0,
        "attempts_before": 0,
        "next_try_at": None if problem else first_try_at,
        "settled_at": at if problem else None,
        "answer": problem,
    }
