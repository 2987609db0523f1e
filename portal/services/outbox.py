"""The outbox: mail is asked for by a row in the transaction that causes it, and sent later by a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.looks import Look
from portal.domain.mail import DeliveryState, is_address
from portal.models.base import Base, new_hex_id
from portal.models.organizations import Organization
from portal.models.outbox import SECRET, Message, MessageDocument, Recipient
from portal.services import bulk, looks
from portal.services.letters import Letter

# Built once, and without the ORM's own work on each row: every tax invoice of a month close passes here.
_MESSAGES = Base.metadata.tables[Message.__tablename__]
_BEGIN = {
    name: insert(_MESSAGES).on_conflict_do_nothing(index_elements=["key"]).returning(_MESSAGES.c.key, _MESSAGES.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_RECIPIENT = (
    "message_id", "address", "state", "attempts", "attempts_before", "next_try_at", "settled_at", "answer",
)  # fmt: skip
NOBODY = "Nobody is named who could get this mail."
NO_ADDRESS = "This is no address that a mail can be sent to."


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation by mail (MAIL-22): the Message-ID that its mails refer to, and what answers to them come by."""

    root_id: str
    reply_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A letter to be sent to each of `to`, with the PDFs of documents; the same `key` twice is one mail.

    `thread` is the conversation that it is part of; `is_automatic` says that no person wrote it.
    """

    letter: Letter
    to: Sequence[str]
    key: str
    organization_id: int | None = None
    document_ids: Sequence[int] = ()
    thread: Thread | None = None
    is_automatic: bool = True


def post(
    session: Session,
    letter: Letter,
    *,
    to: Sequence[str],
    key: str,
    at: datetime,
    organization: Organization | None = None,
    thread: Thread | None = None,
) -> None:
    """Ask for one letter to be sent, as `post_all` does for several."""
    organization_id = organization.id if organization else None
    posting = Posting(letter=letter, to=to, key=key, organization_id=organization_id, thread=thread)
    post_all(session, [posting], at=at)


def post_all(session: Session, postings: Sequence[Posting], *, at: datetime) -> None:
    """Ask for letters to be sent.

    They are sent after the caller's commit, once their documents are archived (MAIL-10, MAIL-11). An address that no
    mail can be sent to stops nothing: it is shown as refused among the deliveries (MAIL-16).
    """
    if not postings:
        return
    begin = _BEGIN[session.get_bind().dialect.name]
    rows = session.execute(begin, [_message(posting, at) for posting in postings])
    begun: dict[str, int] = {row.key: row.id for row in rows}
    # A key without an id had its message already.
    new = [(begun[_key(posting)], posting) for posting in postings if _key(posting) in begun]
    attached = [(id_, document_id) for id_, posting in new for document_id in posting.document_ids]
    bulk.write(session, MessageDocument, ("message_id", "document_id"), attached)
    bulk.write(session, Recipient, _RECIPIENT, [*chain.from_iterable(_recipients(*one, at) for one in new)])
    if new:
        looks.ask(session, Look.MAIL)


def own_domain() -> str:
    """The domain that our mails' Message-IDs are in."""
    return catalogues.load_seller().entity.email.rpartition("@")[2]


def support_address() -> str:
    """The address of support where no setting names one."""
    return f"support@{own_domain()}"


def is_ours(session: Session, header_id: str) -> bool:
    """Whether a mail of this Message-ID was sent by us."""
    return session.scalar(select(Message.id).where(Message.header_id == header_id)) is not None


def withdraw(session: Session, organization: Organization) -> None:
    """Take back all mail of an organization that is being played: nothing is sent for a scenario (SIM-1).

    It stands in the transaction that posted the mail, so that nobody can have begun to send it.
    """
    own = select(Message.id).where(Message.organization_id == organization.id)
    session.execute(delete(MessageDocument).where(MessageDocument.message_id.in_(own)))
    session.execute(delete(Recipient).where(Recipient.message_id.in_(own)))
    session.execute(delete(Message).where(Message.organization_id == organization.id))


def _message(posting: Posting, at: datetime) -> dict[str, object]:
    # What goes to nobody is never settled later, and so never erased later.
    is_for_nobody = posting.letter.is_secret and not any(is_address(address.strip()) for address in posting.to)
    return {
        "key": _key(posting),
        "header_id": f"<{new_hex_id()}@{own_domain()}>",
        "organization_id": posting.organization_id,
        "subject": posting.letter.subject,
        "text": "" if is_for_nobody else posting.letter.text,
        "posted_at": at,
        "thread_id": posting.thread.root_id if posting.thread else None,
        "reply_token": posting.thread.reply_token if posting.thread else None,
        "is_automatic": posting.is_automatic,
    }


def _key(posting: Posting) -> str:
    return f"{SECRET}{posting.key}" if posting.letter.is_secret else posting.key


def _recipients(message_id: int, posting: Posting, at: datetime) -> Iterator[tuple[object, ...]]:
    first: dict[str, str] = {}
    for address in posting.to:
        first.setdefault(address.strip().casefold(), address.strip())
    first_try_at = None if posting.document_ids else at
    for address in first.values() or [""]:
        problem = None if is_address(address) else NO_ADDRESS if address else NOBODY
        state = DeliveryState.REFUSED if problem else DeliveryState.QUEUED
        next_try_at, settled_at = (None, at) if problem else (first_try_at, None)
        yield message_id, address[:254], state, 0, 0, next_try_at, settled_at, problem
