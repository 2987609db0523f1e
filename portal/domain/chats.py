"""Chats: when people answer, how soon a page asks for news, and what a chat can hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain import business_hours
from portal.domain.business_hours import Holidays
from portal.domain.response_targets import BusinessCalendar
from portal.domain.support_plans import Availability, Channel, ChannelKind, SupportPlan

# A page shows a chat whole.
MOST_MESSAGES, LONGEST_MESSAGE = 300, 4_000
# An answered chat that nobody came back to is over: the next message begins another (CHAT-5).
STALE_AFTER = timedelta(days=1)
# A page that hears nothing for so long stops asking (CHAT-4).
IDLE_AFTER = timedelta(minutes=30)
KINDS = (ChannelKind.CHAT, ChannelKind.AI_CHAT)


class Speaker(StrEnum):
    """Who wrote a message: people, the portal as an answer, or the portal about what happened to the chat."""

    CUSTOMER = "customer"
    STAFF = "staff"
    PORTAL = "portal"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether people answer now, and until when that stays so."""

    is_open: bool
    changes_at: datetime


def channel_of(channels: tuple[Channel, ...], plan: SupportPlan | None) -> Channel | None:
    """The chat that a plan includes, of people rather than of the portal; None where it has neither (CHAT-1)."""
    included = [one for one in channels if one.kind in KINDS and _is_included(one, plan)]
    return min(included, key=lambda one: KINDS.index(one.kind), default=None)


def hours(calendar: BusinessCalendar, holidays: Holidays, at: datetime) -> Hours:
    """Whether the calendar is open; one that opens in no time to come is a mistake (`ValueError`)."""
    opens_at, closes_at = next(business_hours.spans(calendar, holidays, at))
    return Hours(True, closes_at) if opens_at <= at else Hours(False, opens_at)


def _is_included(channel: Channel, plan: SupportPlan | None) -> bool:
    cell = channel.plans[plan.key] if plan else channel.without_plan
    return cell is not None and cell.availability is Availability.INCLUDED
