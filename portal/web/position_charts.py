"""The chart of a commitment: what was used and is expected, summed up by month, against what was committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.money import USD, Money
from portal.domain.projection import Point, Position
from portal.web import formatting
from portal.web.charts import COLUMN, HEIGHT, MONTH_BAR, Chart, Span, grown_chart


@dataclass(frozen=True, slots=True)
class PositionChart:
    """Columns of sums to date, and the line of the commitment as points of a polyline."""

    chart: Chart
    line: str


def position_chart(position: Position) -> PositionChart:
    """The picture of a position. A step of the line is a month's end, where its share is due."""
    used, expected = Money.zero(USD), Money.zero(USD)
    stacks = []
    for point in position.points:
        used, expected = used + point.used, expected + point.expected
        stacks.append((used, expected))
    running = next((point.month for point in position.points if not point.is_closed), None)
    spans = [
        _span(point, is_running=point.month == running, is_first=place == 0)
        for place, point in enumerate(position.points)
    ]
    chart = grown_chart(spans, stacks, ("Used", "Expected"), at_least=position.total, bar=MONTH_BAR)
    return PositionChart(chart, _line(position.points, chart.levels[0]))


def _span(point: Point, *, is_running: bool, is_first: bool) -> Span:
    first_on = point.month.first_on
    below = str(point.month.year) if is_first or point.month.month == 1 else ""
    return Span(first_on, f"By the end of {formatting.month(point.month)}", f"{first_on:%b}", below, is_running)


def _line(points: Sequence[Point], top: Money) -> str:
    corners = []
    for place, point in enumerate(points):
        y = HEIGHT - point.committed.minor * HEIGHT // top.minor
        corners += [f"{place * COLUMN},{y}", f"{(place + 1) * COLUMN},{y}"]
    return " ".join(corners)
