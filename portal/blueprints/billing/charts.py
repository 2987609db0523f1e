"""The usage chart as whole numbers for an SVG without text: columns a day, stacked by service, and what they mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.money import USD, Money
from portal.domain.periods import Month, each_day
from portal.services.usage_details import DailyCost

# The picture's own units; the browser stretches it to its box.
COLUMN, BAR, HEIGHT = 100, 68, 2400
OTHER = "Other services"
MOST_SERIES = 4
_STEPS = (100, 125, 150, 200, 250, 300, 400, 500, 750, 1000)
_LINES = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a column; `series` is counted from 1 and is its colour."""

    series: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """A billed day."""

    on: date
    x: int
    total: Money
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Series:
    """A service, or all that have no colour of their own, and what it comes to."""

    name: str
    total: Money


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws; `levels` are the labels of the horizontal lines from the top to zero."""

    columns: Sequence[Column]
    series: Sequence[Series]
    levels: Sequence[Money]
    highest: Column | None

    @property
    def width(self) -> int:
        """The picture's width."""
        return len(self.columns) * COLUMN

    @property
    def total(self) -> Money:
        """All of it."""
        return Money.total((one.total for one in self.series), USD)


def daily_chart(month: Month, daily: Sequence[DailyCost], *, service: str | None = None) -> Chart:
    """Every day of `month` with its costs, those of one `service` alone where it is given."""
    shown = [cost for cost in daily if service in (None, cost.service)]
    names = _series_names(shown)
    by_day: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cost in shown:
        by_day[cost.on][cost.service if cost.service in names else OTHER] += cost.cents
    highest = max((sum(costs.values()) for costs in by_day.values()), default=0)
    step = _step(highest)
    columns = [
        _column(index, day, by_day.get(day, {}), names, step * _LINES)
        for index, day in enumerate(each_day(month.first_on, month.last_on))
    ]
    return Chart(
        columns=columns,
        series=[Series(name, _sum_of(by_day, name)) for name in names],
        levels=[Money(step * line, USD) for line in range(_LINES, -1, -1)],
        highest=max(columns, key=lambda column: column.total.minor) if highest else None,
    )


def _series_names(daily: Sequence[DailyCost]) -> list[str]:
    sums: dict[str, int] = defaultdict(int)
    for cost in daily:
        sums[cost.service] += cost.cents
    largest = sorted((name for name in sums if sums[name]), key=lambda name: (-sums[name], name))
    return largest if len(largest) <= MOST_SERIES else [*largest[: MOST_SERIES - 1], OTHER]


def _sum_of(by_day: Mapping[date, Mapping[str, int]], name: str) -> Money:
    return Money(sum(costs.get(name, 0) for costs in by_day.values()), USD)


def _step(highest: int) -> int:
    """The distance of the lines in cents, a number that reads easily: four of them hold the highest column."""
    power = 1
    while power * _STEPS[-1] * _LINES < highest:
        power *= 10
    return next(step * power for step in _STEPS if step * power * _LINES >= highest)


def _column(index: int, day: date, costs: Mapping[str, int], names: Sequence[str], top: int) -> Column:
    bars, below = [], 0
    for series, name in enumerate(names, start=1):
        until = below + costs.get(name, 0)
        # Edges are rounded and heights taken between them, so that no column is taller than its sum.
        low, high = below * HEIGHT // top, until * HEIGHT // top
        if high > low:
            bars.append(Bar(series, index * COLUMN + (COLUMN - BAR) // 2, HEIGHT - high, max(high - low - 12, 4)))
        below = until
    return Column(day, index * COLUMN, Money(below, USD), bars)
