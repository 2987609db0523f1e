"""Months and day ranges are half-open: the first day is in, the end is not (G3)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import Refusal
from portal.domain.periods import ONE_DAY, Days, Month, add_months, each_day

months = st.builds(Month, st.integers(1, 9997), st.integers(1, 12))
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


def test_a_month_has_its_first_day_and_not_the_next_ones() -> None:
    january = Month(2024, 1)
    assert date(2024, 1, 1) in january
    assert date(2024, 1, 31) in january
    assert date(2024, 2, 1) not in january
    assert date(2023, 12, 31) not in january
    assert (january.last_on, january.ends_before) == (date(2024, 1, 31), date(2024, 2, 1))


@given(months)
def test_months_follow_each_other_without_gap(month: Month) -> None:
    assert month.following().preceding() == month
    assert month.following().first_on == month.ends_before == month.last_on + ONE_DAY
    assert month.days == (month.ends_before - month.first_on).days
    assert Month.parse(str(month)) == month


def test_a_year_ends_in_the_next() -> None:
    assert Month(2024, 12).following() == Month(2025, 1)
    assert [str(month) for month in Month(2024, 11).until(Month(2025, 2))] == [
        "2024-11",
        "2024-12",
        "2025-01",
        "2025-02",
    ]
    assert Month.of(datetime(2024, 2, 29, 23, 59)) == Month(2024, 2)  # noqa: DTZ001 - only its calendar day is read


@pytest.mark.parametrize(
    "text", ["2024", "2024-1", "2024-13", "2024-00", "01-2024", "2024-01-01", "", "２０２４-01", "9999-12"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="is not a month"):
        Month.parse(text)


def test_a_range_leaves_its_end_out() -> None:
    term = Days(date(2024, 1, 18), date(2024, 2, 18))
    assert date(2024, 1, 18) in term
    assert date(2024, 2, 17) in term
    assert date(2024, 2, 18) not in term
    assert date(2024, 1, 17) not in term
    assert date(2090, 1, 1) in Days(date(2024, 1, 18))


@given(days, st.integers(1, 900), days, st.integers(1, 900))
def test_ranges_overlap_when_they_share_a_day(one: date, length: int, other: date, other_length: int) -> None:
    left, right = Days(one, one + length * ONE_DAY), Days(other, other + other_length * ONE_DAY)
    shared = {one + n * ONE_DAY for n in range(length)} & {other + n * ONE_DAY for n in range(other_length)}
    assert left.overlaps(right) == right.overlaps(left) == bool(shared)


def test_a_range_has_a_day() -> None:
    with pytest.raises(ValueError, match="no day lies between"):
        Days(date(2024, 1, 1), date(2024, 1, 1))


def test_ranges_that_touch_do_not_overlap() -> None:
    assert not Days(date(2024, 1, 1), date(2024, 2, 1)).overlaps(Days(date(2024, 2, 1)))
    assert not Days(date(2024, 2, 1)).overlaps(Days(date(2024, 1, 1), date(2024, 2, 1)))
    assert Days(date(2024, 1, 1)).overlaps(Days(date(2024, 2, 1)))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2024, 1, 1), 12, date(2025, 1, 1)),
        (date(2024, 3, 15), 12, date(2025, 3, 15)),
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
    ],
)
def test_a_term_ends_before_the_same_day_months_later(start: date, count: int, end: date) -> None:
    """4.1: where the month has no such day, its last day counts."""
    assert add_months(start, count) == end


def test_each_day_counts_both_ends() -> None:
    assert list(each_day(date(2024, 2, 28), date(2024, 3, 1))) == [
        date(2024, 2, 28),
        date(2024, 2, 29),
        date(2024, 3, 1),
    ]
    assert list(each_day(date(2024, 3, 1), date(2024, 2, 28))) == []
