"""Pricing plans: a monthly fee, what is included in it, and what more of it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.origins import Origin
from portal.domain.prices import Free, Price
from portal.domain.support_plans import Obtained


class Counted(StrEnum):
    """How a month's quantity of a metric comes about."""

    PEAK = "peak"  # the highest level of the month
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Metric:
    """Something that is metered: one `unit` of it, several `units`, as hour and hours."""

    key: str
    name: str
    unit: str
    units: str
    counted: Counted
    origin: Origin


class OnExceed(StrEnum):
    """What happens when more is used than is included."""

    BILL = "bill"
    SUSPEND = "suspend"  # until the next month begins
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class PerUnit:
    """Each unit above what is included costs `price`; parts of a unit cost their part."""

    price: Decimal


@dataclass(frozen=True, slots=True)
class Steps:
    """Whole steps of `size` units are allocated and kept to the month's end.

    With `is_prorated` a step costs for the days from its allocation on.
    """

    size: Decimal
    price: Money
    is_prorated: bool


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of a metric a pricing plan includes; `overage` only where more is billed."""

    metric: str
    included: Decimal
    on_exceed: OnExceed
    overage: PerUnit | Steps | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class PricingPlan:
    """A pricing plan and the support plan that comes with it (NE-1); a higher rank is the larger plan.

    Of a metric without allowance the contract says how much there is. `uptime_percent` is what an uptime SLA
    promises, None without one.
    """

    key: str
    name: str
    description: str
    rank: int
    obtained: Obtained
    price: Price
    price_origin: Origin
    support_plan: str
    allowances: Mapping[str, Allowance]
    uptime_percent: Decimal | None
    origin: Origin

    @property
    def is_paid(self) -> bool:
        """Whether it costs something (NE-14)."""
        return not isinstance(self.price, Free)
