"""Chats of one person: which channel there is, the chat under way, what is written in it, its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal import catalogues
from portal.domain import chats as rules
from portal.domain.chats import Hours, Speaker
from portal.domain.errors import AlreadyDone, Refusal, TooSoon
from portal.domain.support_plans import Channel, ChannelKind
from portal.domain.throttles import CHAT, Hit
from portal.models.chats import Chat, ChatMessage
from portal.models.organizations import Organization, User
from portal.services import markdown, support_blocks, support_standing, throttles
from portal.services.holiday_sets import holidays_of


def channel_of(session: Session, organization: Organization, *, at: datetime) -> Channel | None:
    """The chat that the plan in force includes; None where it includes none (CHAT-1).

    Where every plan of the vendor has the same, nothing is asked of the database: each page has the icon.
    """
    catalogue = catalogues.load(organization.catalogue)
    channels = tuple(catalogue.channels.values())
    plans = (*catalogue.support_plans.values(), *((None,) if catalogue.without_plan else ()))
    offered = [rules.channel_of(channels, plan) for plan in plans]
    if all(one is offered[0] for one in offered):
        return offered[0]
    return rules.channel_of(channels, support_standing.plan_of(session, organization, on=at.date()).plan)


def hours_of(channel: Channel, *, at: datetime) -> Hours | None:
    """Whether people of this channel answer now; None where nobody says when they do (CHAT-3)."""
    if channel.hours is None:
        return None
    calendar = catalogues.load_calendars()[channel.hours]
    return rules.hours(calendar, holidays_of(calendar.holiday_set) if calendar.holiday_set else (), at)


def under_way(session: Session, organization: Organization, user: User, *, at: datetime) -> Chat | None:
    """The person's chat that goes on; an answered one that is a day old does not (CHAT-5)."""
    found = session.scalars(_own(organization, user).where(Chat.ended_at.is_(None))).one_or_none()
    return None if found is None or _is_stale(found, at) else found


def find(session: Session, organization: Organization, user: User, hex_id: str) -> Chat | None:
    """A chat of the person's own; another's is absent (CHAT-2)."""
    return session.scalars(_own(organization, user).where(Chat.hex_id == hex_id)).one_or_none()


def own(session: Session, organization: Organization, user: User, *, before: int | None, limit: int) -> Sequence[Chat]:
    """The person's chats, the newest first, from below the id `before`."""
    query = _own(organization, user).order_by(Chat.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Chat.id < before)).all()


def messages_of(session: Session, chat: Chat) -> Sequence[ChatMessage]:
    """Everything that was written, the oldest first."""
    query = select(ChatMessage).options(joinedload(ChatMessage.author)).where(ChatMessage.chat_id == chat.id)
    return session.scalars(query.order_by(ChatMessage.id)).all()


def firsts_of(session: Session, chats: Sequence[Chat]) -> dict[int, str]:
    """The first message of each chat in plain words, by the chat's id: what it is about."""
    said = aliased(ChatMessage)
    first = select(func.min(said.id)).where(said.chat_id == Chat.id)
    query = select(Chat.id, ChatMessage.text).join(ChatMessage, ChatMessage.id == first.scalar_subquery())
    rows = session.execute(query.where(Chat.id.in_([chat.id for chat in chats])))
    return {row.id: markdown.words(row.text) or row.text for row in rows}


def say(session: Session, organization: Organization, text: str, *, by: User, at: datetime) -> Chat:
    """Write a message in the person's chat, and begin one where none goes on.

    Refused where the plan has no chat, to people of support for who gets none (NE-16), and to who writes too often
    (`TooSoon`).
    """
    channel = channel_of(session, organization, at=at)
    if channel is None:
        raise Refusal("Your plan has no chat.")
    if channel.kind is ChannelKind.CHAT:
        support_blocks.check(session, organization, by)
    if seconds := throttles.count(session, [Hit(CHAT, str(by.id))], at=at):
        raise TooSoon(seconds)
    # Two windows of one person wait for each other, so that both write in one chat.
    session.get_one(User, by.id, with_for_update={"key_share": True})
    chat = _to_write_in(session, organization, channel, by=by, at=at)
    write(session, chat, Speaker.CUSTOMER, text, by=by, at=at)
    chat.waiting_since = chat.waiting_since or at
    return chat


def write(
    session: Session,
    chat: Chat,
    speaker: Speaker,
    text: str,
    *,
    by: User | None,
    at: datetime,
    sources: Sequence[tuple[str, str]] = (),
) -> ChatMessage:
    """Add a message; the portal itself is nobody."""
    message = ChatMessage(
        chat_id=chat.id,
        speaker=speaker,
        author_id=by.id if by else None,
        text=text,
        sources=[list(source) for source in sources],
        written_at=at,
    )
    chat.written_at = at
    session.add(message)
    session.flush()
    return message


def hold(session: Session, chat: Chat) -> Chat:
    """The chat as it stands now, held until the transaction ends; refused when it has ended."""
    held = session.get_one(Chat, chat.id, with_for_update=True, populate_existing=True)
    if held.ended_at is not None:
        raise AlreadyDone("This chat has ended.")
    return held


def end(session: Session, chat: Chat, *, by: User, at: datetime) -> None:
    """End the chat; it stays readable. One that has ended stays as it is."""
    held = session.get_one(Chat, chat.id, with_for_update=True, populate_existing=True)
    if held.ended_at is None:
        write(session, held, Speaker.REMARK, f"{by.name} ended the chat.", by=None, at=at)
        _end(held, by=by, at=at)


def _to_write_in(session: Session, organization: Organization, channel: Channel, *, by: User, at: datetime) -> Chat:
    """The chat that goes on, where it is of this channel and not full; else another one."""
    query = _own(organization, by).where(Chat.ended_at.is_(None)).with_for_update(of=Chat)
    found = session.scalars(query).one_or_none()
    if found and found.kind is channel.kind and not _is_stale(found, at) and not _is_full(session, found):
        return found
    if found:
        _end(found, by=by, at=at)
        session.flush()  # Before another begins: there is one at a time.
    chat = Chat(organization_id=organization.id, user_id=by.id, kind=channel.kind, begun_at=at, written_at=at)
    session.add(chat)
    session.flush()
    return chat


def _end(chat: Chat, *, by: User, at: datetime) -> None:
    chat.ended_by_id, chat.ended_at, chat.waiting_since = by.id, at, None


def _is_stale(chat: Chat, at: datetime) -> bool:
    return chat.waiting_since is None and at - chat.written_at >= rules.STALE_AFTER


def _is_full(session: Session, chat: Chat) -> bool:
    query = select(ChatMessage.id).where(ChatMessage.chat_id == chat.id).offset(rules.MOST_MESSAGES - 1).limit(1)
    return session.scalar(query) is not None


def _own(organization: Organization, user: User) -> Select[Chat]:
    return (
        select(Chat)
        .options(joinedload(Chat.taken_by))
        .where(Chat.organization_id == organization.id, Chat.user_id == user.id)
    )
