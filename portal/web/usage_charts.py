"""The usage charts: days of a month, and twelve months."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.periods import Month, each_day
from portal.services.usage_details import DailyCost
from portal.services.usage_history import Dimension, MonthlyCost
from portal.web import formatting
from portal.web.charts import DAY_BAR, MONTH_BAR, Chart, Span, stacked_chart

_OTHERS = {Dimension.SERVICE: "Other services", Dimension.PROJECT: "Other projects"}


def daily_chart(month: Month, daily: Sequence[DailyCost], *, service: str | None = None) -> Chart:
    """Every day of `month` with its costs, those of one `service` alone where it is given."""
    spans = [Span(day, formatting.day(day), str(day.day)) for day in each_day(month.first_on, month.last_on)]
    costs = [(cost.on, cost.service, cost.cents) for cost in daily if service in (None, cost.service)]
    return stacked_chart(spans, costs, other=_OTHERS[Dimension.SERVICE], bar=DAY_BAR)


def monthly_chart(months: Sequence[Month], monthly: Sequence[MonthlyCost], by: Dimension) -> Chart:
    """Each of `months`, of which the last one is running, with its costs by service or by project (13.2)."""
    spans = [_month_span(month, is_running=month == months[-1], is_first=month == months[0]) for month in months]
    costs = [(cost.month.first_on, cost.name, cost.cents) for cost in monthly]
    return stacked_chart(spans, costs, other=_OTHERS[by], bar=MONTH_BAR)


def _month_span(month: Month, *, is_running: bool, is_first: bool) -> Span:
    name = formatting.month(month)
    tick = f"{month.first_on:%b}"
    if is_running:
        return Span(month.first_on, f"{name} to date", tick, "to date", is_running=True)
    return Span(month.first_on, name, tick, str(month.year) if is_first or month.month == 1 else "")
