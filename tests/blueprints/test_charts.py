"""The usage chart's numbers, and how statuses look: colours mean one service each, and a failure looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from portal.blueprints.billing.words import invoice_badge, payment_badge
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.services.usage_details import DailyCost
from portal.services.usage_history import Dimension, MonthlyCost, months_until
from portal.web.charts import COLUMN, DAY_BAR, HEIGHT, MONTH_BAR
from portal.web.usage_charts import daily_chart, monthly_chart

DATABASES = ("sqlite",)

FEBRUARY = Month(2024, 2)
DAY = date(2024, 2, 3)


def costs(*cents: int) -> list[DailyCost]:
    """Services a, b, c … of one day."""
    return [DailyCost(DAY, chr(ord("a") + index), amount) for index, amount in enumerate(cents)]


@pytest.mark.parametrize(
    ("daily", "names"),
    [
        (costs(4, 3, 2, 1), ["a", "b", "c", "d"]),
        (costs(1, 2, 3, 4, 5), ["e", "d", "c", "Other services"]),
        (costs(5, 0, 3), ["a", "c"]),
        (costs(7, 7), ["a", "b"]),
        ([], []),
    ],
)
def test_the_largest_services_have_colours_and_the_others_share_one(daily, names):
    chart = daily_chart(FEBRUARY, daily)
    assert [series.name for series in chart.series] == names
    assert chart.total == Money(sum(cost.cents for cost in daily), USD)


def test_every_day_of_the_month_has_a_column_as_high_as_its_sum():
    chart = daily_chart(FEBRUARY, [*costs(300, 100), DailyCost(date(2024, 2, 29), "a", 200)])
    assert [column.span.starts_on.day for column in chart.columns] == list(range(1, 30))
    assert chart.width == 29 * COLUMN
    assert chart.highest
    assert (chart.highest.span.starts_on, chart.highest.total) == (DAY, Money(400, USD))
    assert [level.minor for level in chart.levels] == [400, 300, 200, 100, 0]
    lower, upper = chart.columns[2].bars
    assert (lower.series, lower.y, lower.y + lower.height) == (1, HEIGHT - 1800, HEIGHT - 12)
    assert (upper.series, upper.y, upper.y + upper.height) == (2, 0, 600 - 12)
    (half,) = chart.columns[28].bars
    assert half.y == HEIGHT // 2
    assert not chart.columns[0].bars
    assert {bar.x % COLUMN for column in chart.columns for bar in column.bars} == {(COLUMN - DAY_BAR) // 2}


def test_the_smallest_part_can_still_be_seen():
    tiny = daily_chart(FEBRUARY, costs(100_000, 50)).columns[2].bars[1]
    assert tiny.height == 4


def test_a_month_without_costs_has_no_highest_day():
    assert daily_chart(FEBRUARY, costs(0)).highest is None


def test_every_month_has_a_column_and_the_running_one_says_to_date():
    months = months_until(FEBRUARY)
    chart = monthly_chart(
        months, [MonthlyCost(FEBRUARY, "a", 100), MonthlyCost(months[0], "a", 300)], Dimension.SERVICE
    )
    assert [column.span.tick for column in chart.columns[-3:]] == ["Dec", "Jan", "Feb"]
    assert [column.span.below for column in chart.columns if column.span.below] == ["2023", "2024", "to date"]
    assert [column.span.is_running for column in chart.columns] == [False] * 11 + [True]
    assert chart.columns[-1].span.name == "February\N{NO-BREAK SPACE}2024 to date"
    assert [column.total.minor for column in chart.columns] == [300, *[0] * 10, 100]
    assert chart.highest is chart.columns[0]
    assert {bar.x % COLUMN for column in chart.columns for bar in column.bars} == {(COLUMN - MONTH_BAR) // 2}


def test_a_project_may_be_called_like_the_others_together():
    names = ["Other projects", "b", "c", "d", "e"]
    costs = [MonthlyCost(FEBRUARY, name, 50 - place * 10) for place, name in enumerate(names)]
    chart = monthly_chart([FEBRUARY], costs, Dimension.PROJECT)
    assert [(series.name, series.total.minor) for series in chart.series] == [
        ("Other projects", 50), ("b", 40), ("c", 30), ("Other projects", 30),
    ]  # fmt: skip
    assert [amount.minor for amount in chart.columns[0].amounts] == [50, 40, 30, 30]


@pytest.mark.parametrize("status", list(InvoiceStatus))
def test_an_invoices_status_looks_like_what_it_says(status):
    words, tone, icon = invoice_badge(status)
    assert words
    assert icon
    assert (tone == "bad") == (status is InvoiceStatus.FAILED)
    assert (tone == "ok") == (status in {InvoiceStatus.PAID, InvoiceStatus.PREPAID})


@pytest.mark.parametrize("status", [*PaymentStatus, None])
def test_a_payments_status_looks_like_what_it_says(status):
    words, tone, icon = payment_badge(status)
    assert words
    assert icon
    failed = {PaymentStatus.FAILED, PaymentStatus.FAILED_AUTHENTICATION, PaymentStatus.ERROR}
    assert (tone == "bad") == (status in failed)
    assert (tone == "ok") == (status is PaymentStatus.PAID)
