"""Nothing is charged in the first 30 days of use, and a code applied in them covers what was used (atlas 5)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain import first_use
from portal.domain.periods import Month

FIRST = date(2024, 3, 10)


@pytest.mark.parametrize(
    ("applied_on", "inside"),
    [
        (date(2024, 3, 9), False),
        (date(2024, 3, 10), True),
        (date(2024, 4, 8), True),  # A1: day 30
        (date(2024, 4, 9), False),  # A2: day 31
    ],
)
def test_day_30_is_inside_and_day_31_is_not(applied_on: date, inside: bool) -> None:
    assert first_use.is_inside(FIRST, applied_on) is inside


def test_without_use_the_window_has_not_started() -> None:
    """A4."""
    assert not first_use.is_inside(None, date(2024, 4, 8))
    assert first_use.collect_on(None, closed_on=date(2024, 4, 1)) == date(2024, 4, 1)


def test_what_closes_inside_waits_for_day_31() -> None:
    """A1, A3."""
    assert first_use.collect_on(FIRST, closed_on=date(2024, 4, 1)) == first_use.day_31(FIRST) == date(2024, 4, 9)
    assert first_use.collect_on(FIRST, closed_on=date(2024, 5, 1)) == date(2024, 5, 1)


@pytest.mark.parametrize(
    ("applied_on", "starts_on", "covered_from"),
    [
        (date(2024, 3, 20), date(2024, 3, 20), date(2024, 3, 10)),  # in the month of first use: from the first use
        (date(2024, 4, 8), date(2024, 4, 8), date(2024, 4, 1)),  # in the month after: from its first day
        (date(2024, 4, 9), date(2024, 4, 9), date(2024, 4, 9)),  # A2: from its own day
        (date(2024, 3, 20), date(2024, 4, 1), date(2024, 4, 1)),  # agreed to start later
    ],
)
def test_a_code_covers_the_running_month_only_inside_the_window(
    applied_on: date, starts_on: date, covered_from: date
) -> None:
    open_from = Month.of(applied_on).first_on
    covers_from = first_use.covers_from(FIRST, applied_on=applied_on, starts_on=starts_on, open_from=open_from)
    assert covers_from == covered_from


def test_a_month_that_ended_and_is_not_closed_yet_is_covered_too() -> None:
    """A1: how late the close runs decides nothing about who pays."""
    on = date(2024, 4, 8)
    assert first_use.covers_from(FIRST, applied_on=on, starts_on=on, open_from=date(2024, 3, 1)) == FIRST


def test_a_code_before_any_use_covers_from_its_own_day() -> None:
    day = date(2024, 3, 1)
    assert first_use.covers_from(None, applied_on=day, starts_on=day, open_from=date(2024, 2, 1)) == day
