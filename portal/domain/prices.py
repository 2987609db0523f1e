"""What a plan costs: the kinds of prices that vendors have."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.domain.money import Money


@dataclass(frozen=True, slots=True)
class Free:
    """Costs nothing."""


@dataclass(frozen=True, slots=True)
class Included:
    """Is paid with the pricing plan that it comes with (NE-1)."""


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
class BasePlusExcess:
    """An amount each month, and a percentage of the month's usage above a limit (AV-7)."""

    base: Money
    percent: Decimal
    above: Money


@dataclass(frozen=True, slots=True)
class OnRequest:
    """Agreed by contract."""


Price = Free | Included | FlatFee | PercentOfUsage | BasePlusExcess | OnRequest
