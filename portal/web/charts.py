"""Charts as whole numbers for an SVG without text: stacked columns of days or months, and what they mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.money import USD, Money

# The picture's own units; the browser stretches it to its box.
COLUMN, HEIGHT = 100, 2400
DAY_BAR, MONTH_BAR = 68, 48
MOST_SERIES = 4
_STEPS = (100, 125, 150, 200, 250, 300, 400, 500, 750, 1000)
_LINES = 4

# The first day of a span, a name, cents.
Cost = tuple[date, str, int]
# What has no colour of its own goes by no name, because a project may have any.
_OTHER = None
_Stack = dict[str | None, int]


@dataclass(frozen=True, slots=True)
class Span:
    """What a column stands for: its first day, its name, and one or two short words below it."""

    starts_on: date
    name: str
    tick: str
    below: str = ""
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a column; `series` is counted from 1 and is its colour."""

    series: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """A day or month with its amounts, one a series; `bars` has those that can be seen."""

    span: Span
    x: int
    amounts: Sequence[Money]
    total: Money
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Series:
    """A service or project, or all that have no colour of their own, and what it comes to."""

    name: str
    total: Money


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws; `levels` are the labels of the horizontal lines from the top to zero."""

    columns: Sequence[Column]
    series: Sequence[Series]
    levels: Sequence[Money]
    highest: Column | None
    bar: int

    @property
    def width(self) -> int:
        """The picture's width."""
        return len(self.columns) * COLUMN

    @property
    def total(self) -> Money:
        """All of it."""
        return Money.total((one.total for one in self.series), USD)


def stacked_chart(spans: Sequence[Span], costs: Sequence[Cost], *, other: str, bar: int) -> Chart:
    """A column for each of `spans`; the names that come to most are series, the rest together is `other`."""
    names = _series_names(costs)
    by_span: dict[date, _Stack] = defaultdict(dict)
    for starts_on, name, cents in costs:
        stack, key = by_span[starts_on], name if name in names else _OTHER
        stack[key] = stack.get(key, 0) + cents
    highest = max((sum(stack.values()) for stack in by_span.values()), default=0)
    step = _step(highest)
    columns = [
        _column(index, span, by_span.get(span.starts_on, {}), names, step * _LINES, bar)
        for index, span in enumerate(spans)
    ]
    return Chart(
        columns=columns,
        series=[Series(other if name is _OTHER else name, _sum_of(by_span.values(), name)) for name in names],
        levels=[Money(step * line, USD) for line in range(_LINES, -1, -1)],
        highest=max(columns, key=lambda column: column.total.minor) if highest else None,
        bar=bar,
    )


def grown_chart(
    spans: Sequence[Span], stacks: Sequence[Sequence[Money]], names: Sequence[str], *, at_least: Money, bar: int
) -> Chart:
    """A column for each of `spans` of sums to date, one amount of `names` each; it holds `at_least` too."""
    highest = max(sum(amount.minor for amount in amounts) for amounts in stacks)
    step = _step(max(highest, at_least.minor))
    columns = [
        _column(index, span, dict(zip(names, (one.minor for one in amounts), strict=True)), names, step * _LINES, bar)
        for index, (span, amounts) in enumerate(zip(spans, stacks, strict=True))
    ]
    return Chart(
        columns=columns,
        series=[Series(name, total) for name, total in zip(names, stacks[-1], strict=True)],
        levels=[Money(step * line, USD) for line in range(_LINES, -1, -1)],
        highest=max(columns, key=lambda column: column.total.minor),
        bar=bar,
    )


def _series_names(costs: Iterable[Cost]) -> list[str | None]:
    sums: dict[str, int] = defaultdict(int)
    for _, name, cents in costs:
        sums[name] += cents
    largest = sorted((name for name in sums if sums[name]), key=lambda name: (-sums[name], name))
    return [*largest] if len(largest) <= MOST_SERIES else [*largest[: MOST_SERIES - 1], _OTHER]


def _sum_of(stacks: Iterable[_Stack], name: str | None) -> Money:
    return Money(sum(stack.get(name, 0) for stack in stacks), USD)


def _step(highest: int) -> int:
    """The distance of the lines in cents, a number that reads easily: four of them hold the highest column."""
    power = 1
    while power * _STEPS[-1] * _LINES < highest:
        power *= 10
    return next(step * power for step in _STEPS if step * power * _LINES >= highest)


def _column(index: int, span: Span, stack: _Stack, names: Sequence[str | None], top: int, bar: int) -> Column:
    bars, below = [], 0
    for series, name in enumerate(names, start=1):
        until = below + stack.get(name, 0)
        # Edges are rounded and heights taken between them, so that no column is taller than its sum.
        low, high = below * HEIGHT // top, until * HEIGHT // top
        if high > low:
            bars.append(Bar(series, index * COLUMN + (COLUMN - bar) // 2, HEIGHT - high, max(high - low - 12, 4)))
        below = until
    amounts = [Money(stack.get(name, 0), USD) for name in names]
    return Column(span, index * COLUMN, amounts, Money(below, USD), bars)
