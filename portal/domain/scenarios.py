"""A scenario: one customer's contract and what happens to it on which day, as `flask simulate` takes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.addresses import Address
from portal.domain.contracts import Terms
from portal.domain.money import Money
from portal.domain.periods import Days
from portal.domain.scenario_cases import CaseStep, day_of
from portal.domain.scenario_plans import AskForTier, AssignBillingGroup, ChangePricingPlan, ChangeSupportPlan, PlanStep

DEFAULT_PROJECT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """What a scenario may name. `catalogues` says of each whether its months are invoiced here."""

    catalogues: Mapping[str, bool]
    payment_methods: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The organization of a scenario. `currency` is that of its contracts; `region` a support calendar."""

    name: str
    billing_contact: str
    region: str | None
    address: Address
    tax_id: str | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The same usage on each day from `first_on` to `last_on`: a quantity at a unit price in US dollars.

    `is_amount` says that the quantity is a number of US dollars, written as an amount.
    """

    place: str
    first_on: date
    last_on: date
    project: str
    service: str
    provider: str | None
    quantity: Decimal
    unit_price: Decimal
    is_amount: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAddress:
    """The customer moves."""

    place: str
    on: date
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTaxId:
    """The customer gives a tax id, or takes it away."""

    place: str
    on: date
    tax_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPaymentMethod:
    """The customer puts a test method on file, or takes away what was there."""

    place: str
    on: date
    method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateSubscription:
    """The customer applies the code of a contract."""

    place: str
    on: date
    terms: Terms
    support_plan: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantCredit:
    """Staff grant credits of a kind: `total` in US dollars, to be drawn on `days`."""

    place: str
    on: date
    kind: str
    total: Money
    days: Days
    priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPayments:
    """The customer asks for everything that failed or stands unpaid to be charged now."""

    place: str
    on: date


Step = SetAddress | SetTaxId | SetPaymentMethod | ActivateSubscription | GrantCredit | RetryPayments | PlanStep

_DAY_ORDER = (
    SetAddress, SetTaxId, SetPaymentMethod, AssignBillingGroup, ActivateSubscription, ChangePricingPlan,
    ChangeSupportPlan, AskForTier, GrantCredit, RetryPayments,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All of it. `until` is the last day, on which the clock stops; what the file dates after it is not reached."""

    catalogue: str
    customer: Customer
    payment_method: str | None
    projects: tuple[str, ...]
    steps: tuple[Step, ...]
    case_steps: tuple[CaseStep, ...]
    usage: tuple[Usage, ...]
    until: date
    pays_invoices: bool

    @property
    def starts_on(self) -> date:
        """The day on which the clock starts: that of the first step, or `until` where there is none."""
        days = [step.on for step in self.steps]
        days += [usage.first_on for usage in self.usage]
        days += [day_of(step) for step in self.case_steps]
        return min(days, default=self.until)

    def steps_on(self, day: date) -> list[Step]:
        """The day's steps. Their order in the file counts only among steps of a kind: all begin with the day."""
        return sorted((step for step in self.steps if step.on == day), key=lambda step: _DAY_ORDER.index(type(step)))

    def case_steps_on(self, day: date) -> list[CaseStep]:
        """The day's steps about cases, in the order of their instants."""
        return sorted((step for step in self.case_steps if day_of(step) == day), key=lambda step: step.at)
