"""People of an organization, made in one line each, and the mail that they get."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import catalogues
from portal.models.outbox import Message, Recipient
from portal.services import organizations, people
from portal.services.invitations import Sender

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from portal.models.organizations import Membership, Organization, User

AT = datetime(2024, 1, 1, tzinfo=UTC)
BASE = "http://localhost"


def a_user(session: Session, name: str, *, domain: str = "acme.example") -> User:
    """Somebody with an account, whose password nobody knows: `Lena` is lena@acme.example."""
    email = f"{name.lower().replace(' ', '.')}@{domain}"
    return people.create_user(session, email, name=name, password_hash="none", at=AT)


def a_member(
    session: Session,
    organization: Organization,
    name: str,
    *roles: str,
    projects: Mapping[int, Sequence[str]] | None = None,
) -> Membership:
    """A new person in the organization."""
    known = catalogues.load(organization.catalogue).roles
    user = a_user(session, name)
    return organizations.add_member(
        session, organization, user, roles=known, at=AT, organization_roles=roles, project_roles=projects
    )


def sender(organization: Organization, by: User) -> Sender:
    """Who invites."""
    return Sender(organization=organization, by=by, base_url=BASE)


def mailed_token(session: Session, address: str) -> str:
    """The token of the newest invitation that was mailed to this address."""
    query = select(Message.text).join(Recipient, Recipient.message_id == Message.id)
    texts = session.scalars(query.where(Recipient.address == address).order_by(Message.id.desc())).all()
    found = [match[1] for text in texts if (match := re.search(rf"{BASE}/invitations/(\S+)", text))]
    assert found, f"no invitation was mailed to {address}"
    return found[0]
