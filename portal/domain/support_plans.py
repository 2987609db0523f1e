"""Support plans, the channels that they open, and the severities of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.origins import Origin
from portal.domain.prices import Free, Price


class Obtained(StrEnum):
    """How a customer comes by a plan."""

    ALWAYS = "always"
    WITH_PAID_SERVICE = "with_paid_service"  # AV-1: comes with the first service that costs something
    SELF_SERVICE = "self_service"
    WITH_PRICING_PLAN = "with_pricing_plan"  # NE-1: a function of the pricing plan
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class SupportPlan:
    """A support plan; a higher rank includes the lower ones. The trial can be had once per organization.

    `variants` are agreed by contract inside the plan, names by key; a plan without any has none. `support_hours` are
    in words. `notifies_account_team`: the account team hears of each new case (AV-41).
    """

    key: str
    name: str
    description: str
    rank: int
    obtained: Obtained
    opens_cases: bool
    price: Price
    price_origin: Origin
    trial_days: int | None
    min_term_months: int | None
    support_hours: str | None
    notifies_account_team: bool
    variants: Mapping[str, str]
    origin: Origin

    @property
    def is_paid(self) -> bool:
        """Whether it costs something, alone or within a pricing plan."""
        return not isinstance(self.price, Free)


@dataclass(frozen=True, slots=True)
class WithoutPlan:
    """Organizations that have no support plan, as a column beside the plans (AV-2)."""

    name: str
    description: str
    origin: Origin


class ChannelKind(StrEnum):
    """What sort of way to help a channel is."""

    TICKET = "ticket"
    PRIORITY = "ticket_priority"
    EMAIL = "email"
    PHONE = "phone"
    CHAT = "chat"
    AI_CHAT = "ai_chat"
    FORUM = "forum"
    VIDEO = "video"
    SELF_HELP = "self_help"
    ACCOUNT_TEAM = "account_team"
    ADVICE = "advice"
    RESPONSE_TARGETS = "sla"


class Availability(StrEnum):
    """What the cell of a channel and a plan says (NE-2). Blank is shown as not included."""

    INCLUDED = "included"
    NOT_INCLUDED = "not_included"
    CASE_BY_CASE = "case_by_case"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Cell:
    """A channel in one plan, for `severities` alone where there are some; the note is for the customer."""

    availability: Availability
    severities: tuple[str, ...]
    note: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to get help; `is_official` says whether the vendor's staff answer there. Cells by the plan's key.

    `hours` is the key of the calendar in whose open hours people answer; None where nobody says.
    """

    key: str
    name: str
    description: str | None
    kind: ChannelKind
    is_official: bool
    url: str | None
    without_plan: Cell | None
    plans: Mapping[str, Cell]
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad a case is; rank 1 is the worst. With `requires_impact` the customer describes the business impact."""

    key: str
    name: str
    description: str
    examples: tuple[str, ...]
    rank: int
    requires_impact: bool
    customer_selectable: bool
    origin: Origin
