"""Chats for tests: somebody who asks, somebody of support who answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from portal.services import chats
from tests.builders import an_organization
from tests.members import a_member, a_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.chats import Chat, ChatMessage
    from portal.models.organizations import Organization, User

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
