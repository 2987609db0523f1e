"""Chats as people of support see them: who waits, who answers whom, what has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.chats import Speaker
from portal.domain.support_plans import ChannelKind
from portal.models.chats import Chat, ChatMessage
from portal.models.organizations import User
from portal.services import chats

# Who works off more at once has other worries than the end of this list.
MOST_UNDER_WAY = 200


def under_way(session: Session) -> Sequence[Chat]:
    """Chats with people that go on: who waits longest first, and those that nobody waits in last (CHAT-6)."""
    query = _staffed().where(Chat.ended_at.is_(None)).limit(MOST_UNDER_WAY)
    return session.scalars(query.order_by(Chat.waiting_since.is_(None), Chat.waiting_since, Chat.id)).all()


def ended(session: Session, *, before: int | None, limit: int) -> Sequence[Chat]:
    """Chats with people that have ended, the newest first, from below the id `before`."""
    query = _staffed().where(Chat.ended_at.is_not(None)).order_by(Chat.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Chat.id < before)).all()


def count_waiting(session: Session) -> int:
    """In how many chats somebody waits for an answer."""
    query = select(func.count()).where(
        Chat.kind == ChannelKind.CHAT, Chat.ended_at.is_(None), Chat.waiting_since.is_not(None)
    )
    return session.scalar(query) or 0


def find(session: Session, hex_id: str) -> Chat | None:
    """Any chat, of people or of the portal; None where there is none."""
    return session.scalars(_with_people().where(Chat.hex_id == hex_id)).one_or_none()


def take(session: Session, chat: Chat, *, by: User, at: datetime) -> None:
    """Answer this chat from now on; a colleague's may be taken over, and all read who answers."""
    held = chats.hold(session, chat)
    if held.taken_by_id == by.id:
        return
    verb = "took over the chat" if held.taken_by_id else "is here to answer"
    held.taken_by_id, held.taken_at = by.id, at
    chats.write(session, held, Speaker.REMARK, f"{by.name} {verb}.", by=None, at=at)


def reply(session: Session, chat: Chat, text: str, *, by: User, at: datetime) -> ChatMessage:
    """Answer the customer; who answers first takes the chat. Refused when the chat has ended."""
    held = chats.hold(session, chat)
    if held.taken_by_id is None:
        take(session, held, by=by, at=at)
    held.waiting_since = None
    return chats.write(session, held, Speaker.STAFF, text, by=by, at=at)


def _staffed() -> Select[Chat]:
    return _with_people().where(Chat.kind == ChannelKind.CHAT)


def _with_people() -> Select[Chat]:
    return select(Chat).options(joinedload(Chat.organization), joinedload(Chat.user), joinedload(Chat.taken_by))
