"""Declined charges are tried after 3, 7 and 14 days; unpaid ones suspend after 30 and lock after 60 (atlas 10)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.domain.collection import next_try_on
from portal.domain.delinquency import Standing, standing

FIRST = date(2024, 4, 1)
CLOSED = date(2024, 4, 1)


def test_a_declined_charge_is_tried_three_times_more() -> None:
    tries = [FIRST]
    while (day := next_try_on(FIRST, tries[-1])) is not None:
        tries.append(day)
    assert [(day - FIRST).days for day in tries] == [0, 3, 7, 14]


def test_a_try_in_between_skips_no_later_day() -> None:
    assert next_try_on(FIRST, FIRST + timedelta(days=5)) == FIRST + timedelta(days=7)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2024, 5, 1), Standing.ACTIVE),
        (date(2024, 5, 2), Standing.SUSPENDED),
        (date(2024, 5, 31), Standing.SUSPENDED),
        (date(2024, 6, 1), Standing.LOCKED),
    ],
)
def test_the_clock_runs_from_the_close(today: date, expected: Standing) -> None:
    assert standing([CLOSED], today) is expected


def test_paying_one_of_two_overdue_invoices_does_not_lift_the_state() -> None:
    today = date(2024, 6, 15)
    assert standing([CLOSED, date(2024, 5, 1)], today) is Standing.LOCKED
    assert standing([date(2024, 5, 1)], today) is Standing.SUSPENDED
    assert standing([], today) is Standing.ACTIVE
