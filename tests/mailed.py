"""Builders of mail that goes into cases: who writes what to which address, worked off as the worker does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.incoming import reading
from portal.domain.permissions import Grants
from portal.models.incoming_mail import IncomingMail
from portal.models.outbox import Message, Recipient
from portal.services import incoming_mail, mail_routing, organizations, people, pricing_choices
from portal.services.incoming_mail import Arrival
from portal.services.mail_desks import MailDesk
from tests.attached import a_shelf
from tests.incoming import raw
from tests.supported import AT, BASE_URL, a_person

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portal.models.cases import Case
    from portal.models.organizations import Organization, User

RELAY = "mx.portal.example"
SUPPORT = "support@portal.example"


def a_desk(folder: Path) -> MailDesk:
    """The desk of a portal whose relay has a name."""
    own = mail_routing.own_addresses(SUPPORT, None)
    return MailDesk(shelf=a_shelf(folder), own=own, relay=RELAY, base_url=BASE_URL)


def address_of(case: Case) -> str:
    """Where answers to mails of the case go."""
    return f"support+{case.reply_token}@portal.example"


def proven(sender: str) -> dict[str, str]:
    """What our relay writes above a mail whose sender it has proven."""
    domain = sender.rpartition("@")[2]
    return {"Authentication_Results": f"{RELAY}; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={sender}"}


@dataclass
class Post:
    """Mail comes in, and is worked off at once."""

    session: Session
    desk: MailDesk
    number: int = 0

    def brings(self, content: bytes, *, to: str, sender: str | None = None, at: datetime = AT) -> IncomingMail:
        """This mail, as it stands after it was worked off."""
        incoming_mail.receive(self.session, Arrival(content, sender, (to,)), at=at)
        mail = self.session.scalars(select(IncomingMail).order_by(IncomingMail.id.desc()).limit(1)).one()
        held = incoming_mail.hold(self.session, mail.id, at=at)
        if held is not None:
            letter = reading.read(mail.raw, envelope_from=mail.envelope_from)
            mail_routing.route(self.session, held, letter, self.desk, at=at)
            self.session.flush()
        return mail

    def writes(self, sender: str, body: str, *, to: str, at: datetime = AT, **more: str) -> IncomingMail:
        """A new mail of this sender; further arguments are headers."""
        self.number += 1
        content = raw(body, **{"sender": sender, "to": to, "message_id": f"<{self.number}@mail.example>", **more})
        return self.brings(content, to=to, sender=sender, at=at)


def posted(session: Session, key: str = "%") -> list[tuple[str, str]]:
    """Recipient and subject of every mail whose key is like this, in the order of posting."""
    rows = session.execute(
        select(Recipient.address, Message.subject)
        .join(Message, Message.id == Recipient.message_id)
        .where(Message.key.like(key))
        .order_by(Message.id, Recipient.id)
    )
    return [(address, subject) for address, subject in rows]


def cobalt(session: Session, plan: str = "scale", *, slug: str = "cobalt") -> tuple[Organization, User]:
    """An organization of neon with a pricing plan, and its admin."""
    organization = organizations.create_organization(session, slug, name=slug.title(), catalogue="neon", at=AT)
    if plan != "free":
        pricing_choices.change(session, organization, plan, at=AT, by=None)
    email = f"admin@{slug}.example"
    if people.find_user_by_email(session, email):
        raise AssertionError("one organization of a name")
    return organization, a_person(session, organization, email, Grants(frozenset({"admin"})))
