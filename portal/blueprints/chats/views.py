"""What pages show of a chat: its messages, when to ask for news, whether people are there, and what it can become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import request

from portal import catalogues, clock
from portal.domain import chats as rules
from portal.domain.chats import Hours
from portal.domain.permissions import Action
from portal.domain.support_plans import Channel, ChannelKind
from portal.models.chats import Chat, ChatMessage
from portal.models.organizations import Project
from portal.services import chats, support_standing
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, may, visible_projects
from portal.web.links import url_for


@dataclass(frozen=True, slots=True)
class Log:
    """The messages of a chat; `poll_url` is where news are asked for, None where nobody expects any (CHAT-4)."""

    messages: Sequence[ChatMessage]
    poll_url: str | None
    is_idle: bool


def log_of(chat: Chat | None, endpoint: str) -> Log:
    """A chat as it stands now; the page asks `endpoint` for news until nothing came for a while."""
    if chat is None:
        return Log((), None, is_idle=False)
    messages, at = chats.messages_of(db.session(), chat), clock.now()
    # Since when the page looks, or the last news came.
    looked_since = max(_asked_since() or at, chat.written_at)
    is_idle = chat.ended_at is None and at - looked_since >= rules.IDLE_AFTER
    is_polled = chat.ended_at is None and chat.kind is ChannelKind.CHAT and not is_idle
    seen = messages[-1].id if messages else 0
    since = int((_asked_since() or at).timestamp())
    url = url_for(endpoint, chat_id=chat.hex_id, seen=seen, since=since) if is_polled else None
    return Log(messages, url, is_idle)


def has_no_news(log: Log) -> bool:
    """Whether the page that asks knows it all, and goes on asking."""
    seen = request.args.get("seen", type=int)
    return seen is not None and log.poll_url is not None and log.messages[-1].id == seen


@dataclass(frozen=True, slots=True)
class Presence:
    """When people answer, in the words of the calendar, and how it is now."""

    description: str
    hours: Hours
    now: datetime


def presence_of(channel: Channel | None) -> Presence | None:
    """None for a channel without people, and where nobody says when they are there (CHAT-3)."""
    at = clock.now()
    hours = chats.hours_of(channel, at=at) if channel else None
    if channel is None or channel.hours is None or hours is None:
        return None
    return Presence(catalogues.load_calendars()[channel.hours].description, hours, at)


@dataclass(frozen=True, slots=True)
class WayOn:
    """Whether a case can be made of a chat: the plan opens cases, and the person may raise one (CHAT-8)."""

    plan_opens_cases: bool
    may_raise: bool
    project: Project | None

    @property
    def can_become_case(self) -> bool:
        """Whether the button is there."""
        return self.plan_opens_cases and self.may_raise


def way_on() -> WayOn:
    """For the signed-in person, here: a case of the organization, or else of the first project where they may."""
    organization = current_organization()
    plan = support_standing.plan_of(db.session(), organization, on=clock.today()).plan
    if plan is None or not plan.opens_cases:
        return WayOn(plan_opens_cases=False, may_raise=False, project=None)
    if may(Action.RAISE_ORGANIZATION_CASES):
        return WayOn(plan_opens_cases=True, may_raise=True, project=None)
    projects = visible_projects(Action.RAISE_PROJECT_CASES)
    return WayOn(plan_opens_cases=True, may_raise=bool(projects), project=projects[0] if projects else None)


def chat_context(chat: Chat | None, channel: Channel | None) -> dict[str, Any]:
    """What `chats/_chat.html` needs."""
    return {
        "chat": chat,
        "channel": channel,
        "log": log_of(chat, "chats.one"),
        "presence": presence_of(channel),
        "way_on": way_on(),
        "catalogue": current_catalogue(),
        "is_part": htmx.is_partial(),
    }


def _asked_since() -> datetime | None:
    """Since when the page has looked for news, as its last answer told it."""
    since = request.args.get("since", type=int)
    return datetime.fromtimestamp(since, UTC) if since and 0 < since < 2**32 else None
