"""Retroactive billing: what the days without a plan cost who cancelled one and has one again (atlas 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from portal.domain.money import Money, round_half_up
from portal.domain.origins import Origin
from portal.domain.periods import ONE_DAY, Month


@dataclass(frozen=True, slots=True)
class Exemption:
    """Who had `from_plan` and now has `to_plan`, by their own choice or with a contract, pays for no gap."""

    from_plan: str
    to_plan: str
    by_contract: bool


@dataclass(frozen=True, slots=True)
class RetroactiveBilling:
    """At most `most_days` are billed. With `after_trials` a cancelled trial counts as a cancelled plan (AMB-6)."""

    most_days: int
    after_trials: bool
    exemptions: tuple[Exemption, ...]
    origin: Origin

    @property
    def most(self) -> timedelta:
        """How far back it reaches."""
        return timedelta(days=self.most_days)

    def exempts(self, from_plan: str, to_plan: str, *, by_contract: bool) -> bool:
        """Whether this change of plans is exempt."""
        return Exemption(from_plan, to_plan, by_contract) in self.exemptions


@dataclass(frozen=True, slots=True)
class Gap:
    """The days from `first_on` on, before `ends_before`, which is the day on which a plan is had again."""

    first_on: date
    ends_before: date

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.ends_before - self.first_on).days

    def by_month(self) -> Iterator[tuple[Month, date, date]]:
        """Each month of the gap, with its first and last day in it."""
        day = self.first_on
        while day < self.ends_before:
            month = Month.of(day)
            yield month, day, min(month.ends_before, self.ends_before) - ONE_DAY
            day = month.ends_before


def part_of_month(amount: Money, days: int, month: Month) -> Money:
    """`amount` × days ÷ days of the month, rounded half up once (AMB-5, AMB-3); all of it for the whole month."""
    return Money(round_half_up(Fraction(amount.minor * days, month.days)), amount.currency)


def amount_of(gap: Gap, per_month: Money) -> Money:
    """What the gap costs at a fee for each month: rounded month by month (R1–R7)."""
    parts = (
        part_of_month(per_month, (last_on - first_on).days + 1, month) for month, first_on, last_on in gap.by_month()
    )
    return Money.total(parts, per_month.currency)
