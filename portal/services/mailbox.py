"""The mailbox of a demo: mail that would have been sent, to be read by whoever tries the portal out."""

from __future__ import annotations

import email
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, defer

from portal.gateways.mail import Mail
from portal.models.outbox import MailboxEntry
from portal.services.searching import is_searched


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail of the mailbox, read back from what would have been sent; `attachments` are names and contents.

    Without an address for answers `answers_to` is empty.
    """

    entry: MailboxEntry
    sender: str
    answers_to: str
    text: str
    attachments: tuple[tuple[str, bytes], ...]


def keep(session: Session, mail: Mail, *, at: datetime) -> None:
    """Put the mail into the mailbox; nothing happens where it is there already."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "header_id": mail.header_id,
        "recipients": ", ".join(mail.recipients),
        "subject": mail.subject,
        "content": mail.content,
        "received_at": at,
    }
    session.execute(insert(MailboxEntry).values(values).on_conflict_do_nothing(index_elements=["header_id"]))


def newest(session: Session, *, search: str = "", before: int | None = None, limit: int = 50) -> Sequence[MailboxEntry]:
    """The mail with `search` in a recipient or the subject, the newest first, from below the id `before`.

    A search looks at the newest `MOST_SEARCHED`.
    """
    query = select(MailboxEntry).options(defer(MailboxEntry.content)).order_by(MailboxEntry.id.desc()).limit(limit)
    if search:
        fits = (column.icontains(search, autoescape=True) for column in (MailboxEntry.recipients, MailboxEntry.subject))
        query = query.where(or_(*fits), is_searched(MailboxEntry.id))
    if before is not None:
        query = query.where(MailboxEntry.id < before)
    return session.scalars(query).all()


def opened(session: Session, entry_id: int) -> Opened | None:
    """One mail with all that is in it; None where there is none."""
    entry = session.get(MailboxEntry, entry_id)
    if entry is None:
        return None
    read = email.message_from_bytes(entry.content, policy=default)
    body = read.get_body(preferencelist=("plain",))
    return Opened(
        entry=entry,
        sender=str(read["From"]),
        answers_to=str(read["Reply-To"] or ""),
        text=str(body.get_content()) if body else "",
        attachments=tuple((part.get_filename() or "file", _content(part)) for part in read.iter_attachments()),
    )


def _content(part: EmailMessage) -> bytes:
    content = part.get_content()
    return content if isinstance(content, bytes) else str(content).encode()
