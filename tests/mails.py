"""Mail in every state, made by the real services: what pages of mail are looked at with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.mail import Outcome
from portal.gateways.mail import Answer, Mail
from portal.models.outbox import MailboxEntry, Recipient
from portal.services import mailbox, outbox, sending
from portal.services.letters import Letter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from portal.models.organizations import Organization

AT = datetime(2024, 2, 1, 9, 0, tzinfo=UTC)


def a_mail(
    session: Session,
    *to: str,
    subject: str = "Welcome",
    organization: Organization | None = None,
    answers: Mapping[str, Answer] | None = None,
) -> list[int]:
    """A mail to these addresses, tried once where there are `answers`; the ids of its deliveries."""
    key = f"{subject} {to}"
    outbox.post(session, Letter(subject, "Good morning.\n"), to=to, key=key, at=AT, organization=organization)
    if answers is not None:
        claimed = sending.claim(session, at=AT)
        assert claimed
        found = {one: answers[address] for one, address in claimed.recipients.items()}
        sending.record(session, claimed, found, at=AT)
    query = select(Recipient.id).where(Recipient.address.in_(to)).order_by(Recipient.id.desc()).limit(len(to))
    return sorted(session.scalars(query))


def a_refused_mail(session: Session, to: str) -> int:
    """A mail that its one recipient's server refused; the id of its delivery."""
    return a_mail(session, to, answers={to: refused()})[0]


def refused(words: str = "550 No such mailbox") -> Answer:
    """What a server says to an address that it does not have."""
    return Answer(Outcome.REFUSED, words)


def in_mailbox(session: Session, number: int = 1) -> int:
    """A mail with a file in the mailbox of the demo; its id there."""
    content = (
        f"Message-ID: <{number}@portal.example>\r\nFrom: Portal <billing@portal.example>\r\n"
        "To: ap@acme.example\r\nSubject: Tax invoice\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee https://portal.example/orgs/acme <now>\r\n"
        "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="TI-2024-000001.pdf"\r\n\r\nJVBERi0=\r\n--b--\r\n'
    )
    mail = Mail(
        header_id=f"<{number}@portal.example>",
        sender="billing@portal.example",
        recipients=("ap@acme.example",),
        subject=f"Tax invoice {number}",
        content=content.encode(),
    )
    mailbox.keep(session, mail, at=AT)
    return session.scalars(select(MailboxEntry.id).where(MailboxEntry.header_id == mail.header_id)).one()
