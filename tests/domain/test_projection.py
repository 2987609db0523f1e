"""Where a commitment will end: months of the term, the average that carries on, the day it is used up."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import projection
from portal.domain.money import USD, Money
from portal.domain.periods import Days, Month, add_months
from portal.domain.projection import Agreed, Spent

START = date(2024, 1, 1)


def dollars(amount):
    return Money.of(str(amount), USD)


def agreed(total="12000", *, starts_on=START, months=12, covers_from=None):
    term = Days(starts_on, add_months(starts_on, months))
    return Agreed(
        total=dollars(total), term=term, months=months, covers=Days(covers_from or starts_on, term.ends_before)
    )


def spent(*amounts, since=START):
    months = Month.of(since).until(Month(2030, 1))
    return {
        month: Spent(dollars(used), dollars(billed)) for month, (used, billed) in zip(months, amounts, strict=False)
    }


def at(commitment, months, *, on, running="0", open_from=None):
    return projection.project(commitment, months, running=dollars(running), open_from=open_from or Month.of(on), on=on)


def test_the_days_to_come_use_what_a_day_used_in_the_last_three_closed_months():
    """POS-1: of the first four months, January does not count."""
    months = spent(("9000", "9000"), ("290", "0"), ("310", "0"), ("300", "0"))
    position = at(agreed(), months, on=date(2024, 5, 10), running="50")
    assert position.per_day == Fraction(900_00, 29 + 31 + 30)
    assert [str(month) for month in position.looked_at] == ["2024-02", "2024-03", "2024-04"]
    may, june = position.points[4:6]
    assert (may.used, may.expected) == (dollars(50), dollars(210)), "21 days are left"
    assert (june.used, june.expected) == (dollars(0), dollars(300))


def test_over_and_under_are_told_from_the_last_month():
    over = at(agreed(), spent(("1240", "1240")), on=date(2024, 2, 1), running="40")
    assert over.at_end == dollars(1240 + 40 * 335)
    assert over.over == dollars(2640)
    under = at(agreed(), spent(("310", "1000")), on=date(2024, 2, 1), running="10")
    assert under.over == dollars(-8340)
    assert under.used_up_on is None


def test_the_day_on_which_the_commitment_is_used_up():
    position = at(agreed("1000"), spent(("310", "310")), on=date(2024, 2, 9), running="90")
    assert position.used_up_on == date(2024, 4, 9), "600 left, 10 a day"
    full = at(agreed("400"), spent(("310", "310")), on=date(2024, 2, 9), running="90")
    assert full.used_up_on is None, "that day has been"


def test_before_the_first_month_is_closed_nothing_is_expected():
    position = at(agreed(), {}, on=date(2024, 1, 20), running="100")
    assert (position.per_day, position.at_end, position.over, position.used_up_on) == (None, None, None, None)
    assert position.used == dollars(100)


def test_a_month_that_ended_and_is_not_closed_is_expected_whole():
    position = at(agreed(), spent(("310", "1000")), on=date(2024, 3, 2), running="20", open_from=Month(2024, 2))
    february, march = position.points[1:3]
    assert (february.is_closed, february.used, february.expected) == (False, dollars(0), dollars(290))
    assert (march.used, march.expected) == (dollars(20), dollars(290))


def test_the_shares_are_those_of_the_schedule_and_the_last_takes_the_rest():
    """MC3."""
    position = at(agreed(starts_on=date(2024, 3, 15)), {}, on=date(2024, 3, 15))
    shares = [str(point.share) for point in position.points]
    assert shares == ["548.39", *["1000.00"] * 11, "451.61"]
    assert position.points[-1].committed == dollars(12000)


def test_what_is_paid_for_and_not_used_is_carried_on():
    """MC1."""
    months = spent(("600", "1000"), ("1300", "1000"), ("1500", "1400"))
    position = at(agreed(), months, on=date(2024, 4, 1))
    assert [str(point.unused) for point in position.points[:3]] == ["400.00", "100.00", "0.00"]


def test_usage_before_the_term_that_the_first_thirty_days_bring_is_shown():
    commitment = agreed(starts_on=date(2024, 2, 10), covers_from=date(2024, 1, 25))
    position = at(commitment, spent(("70", "70")), on=date(2024, 2, 10))
    assert (position.points[0].share, position.points[0].used) == (dollars(0), dollars(70))
    assert position.per_day == Fraction(70_00, 7)


def test_a_commitment_without_an_end_is_none():
    commitment = Agreed(total=dollars(1), term=Days(START), months=1, covers=Days(START))
    with pytest.raises(ValueError, match="term"):
        at(commitment, {}, on=START)


@given(
    total=st.integers(1, 10**9),
    months=st.integers(1, 36),
    day=st.integers(0, 1200),
    used=st.lists(st.integers(0, 10**8), max_size=40),
)
def test_every_cent_of_the_commitment_is_in_one_month(total, months, day, used):
    starts_on = date(2024, 1, 31)
    commitment = agreed(Money(total, USD), starts_on=starts_on, months=months)
    on = date.fromordinal(starts_on.toordinal() + day)
    months_used = {
        month: Spent(Money(cents, USD))
        for month, cents in zip(Month.of(starts_on).until(Month(2030, 1)), used, strict=False)
    }
    position = at(commitment, months_used, on=on)
    assert sum(point.share.minor for point in position.points) == total
    assert all(point.share.minor >= 0 for point in position.points)
    assert position.points[-1].used_with_it.minor == sum(
        point.used.minor + point.expected.minor for point in position.points
    )
