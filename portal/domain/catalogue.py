"""What a vendor sells and by which rules, as values; a catalogue file is one vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.permissions import Roles


class Origin(StrEnum):
    """Where a value of a catalogue comes from."""

    SOURCE = "source"  # the vendor's documentation
    INFERRED = "inferred"  # our reading of it
    DEMO = "demo"  # nobody publishes it; made up for the demo


class Obtained(StrEnum):
    """How a customer comes by a support plan."""

    ALWAYS = "always"
    SELF_SERVICE = "self_service"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Free:
    """Costs nothing."""


@dataclass(frozen=True, slots=True)
class FlatFee:
    """The same amount each month."""

    per_month: Money


@dataclass(frozen=True, slots=True)
class PercentOfUsage:
    """A percentage of the month's usage, and at least an amount each month."""

    percent: Decimal
    at_least: Money


@dataclass(frozen=True, slots=True)
class OnRequest:
    """Agreed with Sales."""


Price = Free | FlatFee | PercentOfUsage | OnRequest


@dataclass(frozen=True, slots=True)
class SupportPlan:
    """A support plan; a higher rank includes the lower ones. The trial can be had once per organization."""

    key: str
    name: str
    description: str
    rank: int
    obtained: Obtained
    opens_cases: bool
    price: Price
    trial_days: int | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad a case is; rank 1 is the worst."""

    key: str
    name: str
    description: str
    rank: int


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """Within how many minutes of elapsed time a case of a plan and severity is first answered.

    A target is met when the answer is not later than due; an expectation is never missed.
    """

    plan: str
    minutes_by_severity: Mapping[str, int]
    is_promise: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class ConsultingPackage:
    """Units of Flex Consulting at one price; they lapse `valid_days` after purchase."""

    key: str
    name: str
    description: str
    units: int
    price: Money
    valid_days: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class SubscriptionType:
    """A kind of subscription, in words for the customer."""

    key: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Words:
    """What this vendor's customers call things."""

    case: str
    cases: str
    other_usage: str  # usage that belongs to no cloud provider


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One vendor's roles, plans, prices and terms. Sections that the vendor does not have are empty.

    `closes_months` says whether its customers' months are invoiced here.
    """

    name: str
    title: str
    words: Words
    roles: Roles
    closes_months: bool
    payment_terms_days: int
    payment_labels: Mapping[str, str]
    support_plans: Mapping[str, SupportPlan]
    severities: Mapping[str, Severity]
    first_response: Mapping[str, FirstResponse]
    consulting_packages: Mapping[str, ConsultingPackage]
    subscription_types: Mapping[str, SubscriptionType]
