"""Chats for tests: somebody who asks, somebody of support who answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from portal import clock
from portal.domain.incidents import IncidentSeverity
from portal.models.organizations import Organization, User
from portal.services import chats, incidents
from portal.services.incidents import Announcement
from tests.builders import an_organization
from tests.members import a_member, a_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.chats import Chat, ChatMessage
    from tests.world import World

# A Friday on which people answer.
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def acme_with(session: Session, name: str = "Alma", role: str = "ORG_OWNER") -> tuple[Organization, User]:
    """An organization whose plan has a chat with people, and a member."""
    organization = an_organization(session)
    return organization, a_member(session, organization, name, role).user


def an_agent(session: Session, name: str = "Ada") -> User:
    return a_user(session, name, domain="portal.example")


def said(session: Session, chat: Chat) -> list[str]:
    return [message.text for message in messages(session, chat)]


def messages(session: Session, chat: Chat) -> list[ChatMessage]:
    return list(chats.messages_of(session, chat))


def a_chat_id(session: Session, world: World, slug: str) -> str:
    """Of a chat of the organization's first member; a vendor without chats has none."""
    organization = session.get_one(Organization, world.organizations[slug].id)
    if chats.channel_of(session, organization, at=clock.now()) is None:
        return "0" * 24
    return chats.say(
        session, organization, "It stopped.", by=_first_member(session, world, slug), at=clock.now()
    ).hex_id


def an_incident_id(session: Session, world: World, slug: str) -> str:
    """Of an incident that begins now, and without end."""
    by, at = _first_member(session, world, slug), clock.now()
    said = Announcement(severity=IncidentSeverity.DOWN, title="Down", text="We look.", begins_at=at, ends_at=None)
    return incidents.announce(session, said, catalogue=world.organizations[slug].catalogue, by=by, at=at).hex_id


def _first_member(session: Session, world: World, slug: str) -> User:
    return session.get_one(User, next(person.user_id for person in world.people if person.slug == slug))
