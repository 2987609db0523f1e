"""What the support page shows of a channel: its sign, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.catalogue import Catalogue, ContactKind
from portal.domain.support_plans import ChannelKind
from portal.domain.tier_requests import TierState
from portal.services.support_overview import OpenChannel, SupportOverview
from portal.web.access import may_open
from portal.web.links import url_for

# Icons by kind of channel.
_ICONS = {
    ChannelKind.TICKET: "ticket",
    ChannelKind.PRIORITY: "arrow-up",
    ChannelKind.EMAIL: "mail",
    ChannelKind.PHONE: "phone",
    ChannelKind.CHAT: "message-circle",
    ChannelKind.AI_CHAT: "bot",
    ChannelKind.FORUM: "messages-square",
    ChannelKind.VIDEO: "video",
    ChannelKind.SELF_HELP: "book-open",
    ChannelKind.ACCOUNT_TEAM: "users",
    ChannelKind.ADVICE: "briefcase",
    ChannelKind.RESPONSE_TARGETS: "gauge",
}
# The pages of the portal behind kinds of channels.
_PAGES = {
    ChannelKind.TICKET: "cases.index",
    ChannelKind.CHAT: "chats.index",
    ChannelKind.AI_CHAT: "chats.index",
}


# Text, tone and icon: the arguments of the macro `badge`.
TIER_STATES = {
    TierState.SUBMITTED: ("Submitted", "info", "send"),
    TierState.IN_SETUP: ("Being set up", "info", "settings"),
    TierState.SCHEDULED: ("Scheduled", "info", "calendar"),
    TierState.ACTIVE: ("Active", "ok", "circle-check"),
    TierState.REJECTED: ("Turned down", "warn", "circle-x"),
    TierState.WITHDRAWN: ("Taken back", "", "circle-minus"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way to help: where it leads, if anywhere, and what to know of it."""

    title: str
    icon: str
    url: str | None
    shown: str  # what the link reads where it is another thing than the title, as a number to call
    note: str | None


def ways_of(overview: SupportOverview, catalogue: Catalogue) -> list[Way]:
    """The open channels of the plan, in the catalogue's order."""
    return [_way(channel, catalogue) for channel in overview.channels]


def is_highest(overview: SupportOverview, catalogue: Catalogue) -> bool:
    """Whether nothing is above the plan in force (AV-20)."""
    held = overview.standing.plan
    return held is not None and held.rank == max(plan.rank for plan in catalogue.support_plans.values())


def _way(one: OpenChannel, catalogue: Catalogue) -> Way:
    kind, shown = one.channel.kind, ""
    url = one.channel.url or (url_for(_PAGES[kind]) if kind in _PAGES and may_open(_PAGES[kind]) else None)
    phone = catalogue.contacts.get(ContactKind.PHONE)
    if kind is ChannelKind.PHONE and phone:
        # A number is not broken over two lines.
        url, shown = phone.link, (phone.phone or "").replace(" ", "\u00a0")
    email = catalogue.contacts.get(ContactKind.SUPPORT_EMAIL)
    if kind is ChannelKind.EMAIL and email:
        url, shown = email.link, email.email or ""
    return Way(one.channel.name, _ICONS[kind], url, shown, _note(one, catalogue))


def _note(one: OpenChannel, catalogue: Catalogue) -> str | None:
    """The catalogue's own words come first."""
    if one.cell.note:
        return one.cell.note
    if one.severities:
        return f"For {' and '.join(severity.name for severity in one.severities)} alone"
    if one.is_case_by_case:
        return f"Case by case: ask for it in a {catalogue.words.case}"
    return one.channel.description
