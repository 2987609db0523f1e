"""Where a commitment stands and where its term will end if usage goes on as it did, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from portal.domain import commitments
from portal.domain.money import USD, Money, round_half_up
from portal.domain.periods import ONE_DAY, Days, Month

LOOKS_BACK_MONTHS = 3
_NOTHING = Money.zero(USD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A commitment of `total` US dollars over `term`, of so many `months`, that covers usage of the days `covers`."""

    total: Money
    term: Days
    months: int
    covers: Days


@dataclass(frozen=True, slots=True)
class Spent:
    """What a closed month used of a contract, and was billed for it, in US dollars."""

    used: Money = _NOTHING
    billed: Money = _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A month of the term in US dollars.

    `share` is what was committed for it, `used` what was used so far, `expected` what is expected on top of it. The
    sums run from the beginning of the term to the end of the month: `committed`, `used_before_it` (without the month)
    and `used_with_it` (with what is expected). `unused` is paid for and not used yet.
    """

    month: Month
    is_closed: bool
    share: Money
    used: Money
    billed: Money
    expected: Money
    committed: Money
    used_before_it: Money
    unused: Money

    @property
    def used_with_it(self) -> Money:
        """What will have been used at the end of the month."""
        return self.used_before_it + self.used + self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A commitment as of a day: its months, and what they lead to.

    `per_day` is the average of the last closed months in US cents, None before the first month is closed.
    """

    total: Money
    points: Sequence[Point]
    per_day: Fraction | None
    looked_at: Sequence[Month]
    used_up_on: date | None

    @property
    def used(self) -> Money:
        """What was used until now."""
        return Money.total((point.used for point in self.points), USD)

    @property
    def at_end(self) -> Money | None:
        """What will have been used when the term ends, None where nothing says."""
        return self.points[-1].used_with_it if self.per_day is not None else None

    @property
    def over(self) -> Money | None:
        """By how much that is more than was committed; below nothing it is less."""
        return None if self.at_end is None else self.at_end - self.total


def project(agreed: Agreed, spent: Mapping[Month, Spent], *, running: Money, open_from: Month, on: date) -> Position:
    """The months of the term as of the day `on`; `running` was used in its month, months before `open_from` are closed.

    The days to come are expected to use what a day used on average in the last three closed months (POS-1).
    """
    if agreed.term.last_on is None:
        raise ValueError("a commitment has a term")
    first, last = Month.of(agreed.covers.starts_on), Month.of(agreed.term.last_on)
    months = list(first.until(last))
    looked_at = [month for month in months if month < open_from][-LOOKS_BACK_MONTHS:]
    per_day = _average(agreed, [spent.get(month, Spent()).used for month in looked_at], looked_at)
    points: list[Point] = []
    committed = used = unused = _NOTHING
    for month in months:
        share = agreed.total - committed if month == last else _share(agreed, month, committed)
        is_closed = month < open_from
        found = spent.get(month, Spent())
        now = running if month == Month.of(on) and not is_closed else found.used
        committed += share
        unused = max(unused + found.billed - found.used, _NOTHING) if is_closed else unused
        point = Point(
            month=month,
            is_closed=is_closed,
            share=share,
            used=now,
            billed=found.billed,
            expected=_NOTHING if is_closed else _expected(agreed, month, per_day, on),
            committed=committed,
            used_before_it=used,
            unused=unused,
        )
        points.append(point)
        used = point.used_with_it
    return Position(
        total=agreed.total,
        points=points,
        per_day=per_day,
        looked_at=looked_at,
        used_up_on=_used_up_on(agreed, points, per_day, on),
    )


def _share(agreed: Agreed, month: Month, committed: Money) -> Money:
    """What is due for the month; where the end was moved, never more than is left (4.4)."""
    share = commitments.share_of(agreed.total, agreed.term, agreed.months, month)
    return min(share, agreed.total - committed)


def _average(agreed: Agreed, used: Sequence[Money], months: Sequence[Month]) -> Fraction | None:
    days = sum(commitments.days_inside(agreed.covers, month) for month in months)
    return Fraction(Money.total(used, USD).minor, days) if days else None


def _expected(agreed: Agreed, month: Month, per_day: Fraction | None, on: date) -> Money:
    """What the days of the month that are still to come use on average."""
    if per_day is None:
        return _NOTHING
    first = max(on + ONE_DAY, agreed.covers.starts_on) if on in month else agreed.covers.starts_on
    ends_before = agreed.covers.ends_before
    if ends_before is not None and ends_before <= first:
        return _NOTHING
    days = commitments.days_inside(Days(first, ends_before), month)
    return Money(round_half_up(per_day * days), USD)


def _used_up_on(agreed: Agreed, points: Sequence[Point], per_day: Fraction | None, on: date) -> date | None:
    """The day on which the last of the commitment is expected to be used, None where some is left at the end."""
    left = agreed.total - Money.total((point.used for point in points), USD)
    if not per_day or left.minor <= 0:
        return None
    begins, last_on = max(on, agreed.covers.starts_on - ONE_DAY), agreed.term.last_on
    days = -(-Fraction(left.minor) // per_day)
    return begins + timedelta(days=days) if last_on and days <= (last_on - begins).days else None
