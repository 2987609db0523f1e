"""A month's usage is drawn from its sources day by day and top to bottom; each part says why it is what it is."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.drawing import Drawn, Portion, Source, draw_down, in_drawing_order
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.domain.rating import LineKind
from portal.domain.settlement import settle

APRIL = date(2024, 4, 1)
CARD = Source(method=Method.CARD, days=Days(APRIL))


def dollars(amount: str) -> Money:
    return Money.of(amount, USD)


def elastic(
    starts_on: date, ends_before: date | None = None, *, price: str = "1", currency: str = USD, number: int = 1
) -> Source:
    return Source(
        method=Method.ELASTIC,
        days=Days(starts_on, ends_before),
        unit_price=Decimal(price),
        currency=currency,
        subscription_id=number,
    )


def used(*days: tuple[date, str]) -> dict[Portion, Money]:
    return {Portion(day): dollars(amount) for day, amount in days}


def april(per_day: str) -> dict[Portion, Money]:
    return used(*((APRIL + timedelta(days=day), per_day) for day in range(30)))


def test_elastic_usage_is_billed_as_used() -> None:
    """E1: 1,234.56 at unit price 1."""
    (part,) = settle([elastic(APRIL), CARD], used((APRIL, "1234.56")))
    assert (part.source.method, part.usage, part.billed, part.net) == (Method.ELASTIC, *[dollars("1234.56")] * 3)


def test_nothing_used_is_nothing_to_settle() -> None:
    """E2."""
    assert settle([elastic(APRIL), CARD], {}) == ()
    assert settle([elastic(APRIL), CARD], used((APRIL, "0.00"))) == ()


def test_the_unit_price_makes_the_net_in_its_currency() -> None:
    """E3: 8,400.00 × 0.85 = EUR 7,140.00; the usage stays in dollars."""
    (part,) = settle([elastic(APRIL, price="0.85", currency="EUR")], used((APRIL, "8400.00")))
    assert (part.usage, part.billed, part.net) == (dollars("8400"), dollars("8400"), Money(714_000, "EUR"))


def test_days_before_the_subscription_go_to_the_payment_method() -> None:
    """E4: activated on the 18th of a 30-day month, 40.00 a day: 680.00 to the card, 520.00 elastic."""
    first, second = settle([elastic(date(2024, 4, 18)), CARD], april("40.00"))
    assert (first.source.method, first.billed) == (Method.ELASTIC, dollars("520"))
    assert (second.source.method, second.billed) == (Method.CARD, dollars("680"))
    assert first.days == {APRIL + timedelta(days=day) for day in range(17, 30)}


def test_the_day_a_term_ends_before_is_no_longer_covered() -> None:
    around = used((date(2024, 4, 17), "1"), (date(2024, 4, 18), "2"))
    first, second = settle([elastic(APRIL, date(2024, 4, 18)), CARD], around)
    assert (first.billed, second.billed) == (dollars("1"), dollars("2"))


def test_from_the_figures_alone_billed_can_be_computed() -> None:
    for part in settle([elastic(date(2024, 4, 18)), CARD], april("40.00")):
        assert part.explain["usage"] - part.explain["covered_elsewhere"] == part.explain["charged"] == part.billed
        assert part.explain["usage"] == dollars("1200")


def test_a_day_may_be_split_over_sources() -> None:
    """D3, T1: 50 on one day, 30 left in the first row, 20 from the next."""
    full = Source(method=Method.PREPAID, days=Days(APRIL), capacity=dollars("30"))
    first, second = draw_down([full, CARD], used((APRIL, "50")))
    assert (first.total, second.total) == (dollars("30"), dollars("20"))


def test_capacity_is_spent_on_earlier_days_first() -> None:
    """D2: 200 at 20 a day last for ten days."""
    row = Source(method=Method.PREPAID, days=Days(APRIL), capacity=dollars("200"))
    first, second = draw_down([row, CARD], april("20.00"))
    assert first.days == {APRIL + timedelta(days=day) for day in range(10)}
    assert (first.total, second.total) == (dollars("200"), dollars("400"))


def test_support_charges_come_after_the_usage_of_their_day() -> None:
    """2.4: what a row has left after the day's usage is spent on its support charges."""
    support = Portion(APRIL, LineKind.SUPPORT, "AWS")
    row = Source(method=Method.PREPAID, days=Days(APRIL), capacity=dollars("60"))
    first, second = draw_down([row, CARD], {support: dollars("20"), Portion(APRIL): dollars("50")})
    assert first.portions == ((Portion(APRIL), dollars("50")), (support, dollars("10")))
    assert second.portions == ((support, dollars("10")),)


def test_usage_that_nobody_covers_is_a_fault() -> None:
    with pytest.raises(ValueError, match="no source covers 2024-04-01"):
        draw_down([elastic(date(2024, 4, 2))], used((APRIL, "1")))


def test_rows_are_drawn_by_earliest_end_then_start_and_elastic_last() -> None:
    """6.2, AMB-13."""
    prepaid = Source(
        method=Method.PREPAID, days=Days(APRIL, date(2025, 1, 1)), capacity=dollars("1"), subscription_id=9
    )
    late = elastic(APRIL, date(2024, 12, 1), number=1)
    soon = elastic(date(2024, 4, 2), date(2024, 6, 1), number=2)
    earlier_start = elastic(APRIL, date(2024, 6, 1), number=3)
    assert in_drawing_order([late, prepaid, soon, earlier_start]) == [prepaid, earlier_start, soon, late]


def test_of_rows_with_the_same_days_the_older_one_is_drawn_first() -> None:
    """6.2 point 3: … then id."""
    older, newer = elastic(APRIL, number=1), elastic(APRIL, number=2)
    assert in_drawing_order([newer, older]) == [older, newer]


@st.composite
def sources(draw: st.DrawFn) -> list[Source]:
    rows = []
    for number in range(draw(st.integers(0, 4))):
        start = APRIL + timedelta(days=draw(st.integers(-5, 25)))
        length = draw(st.none() | st.integers(1, 40))
        end = None if length is None else start + timedelta(days=length)
        capacity = draw(st.none() | st.integers(0, 100_000).map(lambda cents: Money(cents, USD)))
        rows.append(Source(method=Method.ELASTIC, days=Days(start, end), capacity=capacity, subscription_id=number))
    return [*rows, CARD]


portions = st.builds(
    Portion,
    st.integers(0, 29).map(lambda day: APRIL + timedelta(days=day)),
    st.sampled_from(LineKind),
    st.sampled_from([None, "AWS", "GCP"]),
)
usages = st.dictionaries(portions, st.integers(0, 50_000).map(lambda cents: Money(cents, USD)))


@given(sources(), usages)
def test_no_cent_is_lost_or_made(rows: list[Source], owed: dict[Portion, Money]) -> None:
    drawn = draw_down(rows, owed)
    for portion, amount in owed.items():
        taken = [part for one in drawn for name, part in one.portions if name == portion]
        assert Money.total(taken, USD) == amount
    assert Money.total((part.usage for part in settle(rows, owed)), USD) == Money.total(owed.values(), USD)


@given(sources(), usages)
def test_no_source_gives_more_than_it_has_or_on_days_that_it_does_not_cover(
    rows: list[Source], owed: dict[Portion, Money]
) -> None:
    for one in draw_down(rows, owed):
        assert isinstance(one, Drawn)
        assert one.source.capacity is None or one.total <= one.source.capacity
        assert all(day in one.source.days for day in one.days)


@given(sources(), usages)
def test_the_order_in_which_days_are_given_does_not_matter(rows: list[Source], owed: dict[Portion, Money]) -> None:
    assert settle(rows, owed) == settle(rows, dict(reversed(owed.items())))
