"""The usage chart's numbers, and how statuses look: colours mean one service each, and a failure looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from portal.blueprints.billing.charts import BAR, COLUMN, HEIGHT, OTHER, daily_chart
from portal.blueprints.billing.words import invoice_badge, payment_badge
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.services.usage_details import DailyCost

FEBRUARY = Month(2024, 2)
DAY = date(2024, 2, 3)


def costs(*cents: int) -> list[DailyCost]:
    """Services a, b, c … of one day."""
    return [DailyCost(DAY, chr(ord("a") + index), amount) for index, amount in enumerate(cents)]


@pytest.mark.parametrize(
    ("daily", "names"),
    [
        (costs(4, 3, 2, 1), ["a", "b", "c", "d"]),
        (costs(1, 2, 3, 4, 5), ["e", "d", "c", OTHER]),
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
    assert [column.on.day for column in chart.columns] == list(range(1, 30))
    assert chart.width == 29 * COLUMN
    assert chart.highest
    assert (chart.highest.on, chart.highest.total) == (DAY, Money(400, USD))
    assert [level.minor for level in chart.levels] == [400, 300, 200, 100, 0]
    lower, upper = chart.columns[2].bars
    assert (lower.series, lower.y, lower.y + lower.height) == (1, HEIGHT - 1800, HEIGHT - 12)
    assert (upper.series, upper.y, upper.y + upper.height) == (2, 0, 600 - 12)
    (half,) = chart.columns[28].bars
    assert half.y == HEIGHT // 2
    assert not chart.columns[0].bars
    assert {bar.x % COLUMN for column in chart.columns for bar in column.bars} == {(COLUMN - BAR) // 2}


def test_the_smallest_part_can_still_be_seen():
    tiny = daily_chart(FEBRUARY, costs(100_000, 50)).columns[2].bars[1]
    assert tiny.height == 4


def test_a_month_without_costs_has_no_highest_day():
    assert daily_chart(FEBRUARY, costs(0)).highest is None


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
