"""Rating: quantities and unit prices keep every digit, and an amount is rounded once, half up."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain import rating
from portal.domain.errors import Refusal
from portal.domain.rating import HIGHEST_QUANTITY, HIGHEST_UNIT_PRICE, NANO, PICO, Line

ON = date(2024, 1, 1)
quantities = st.decimals(0, HIGHEST_QUANTITY, places=9, allow_nan=False)
unit_prices = st.decimals(0, HIGHEST_UNIT_PRICE, places=12, allow_nan=False)


@given(quantities)
def test_a_quantity_keeps_every_digit(quantity):
    assert Decimal(rating.plain_quantity(rating.nano(quantity))) == quantity


@given(unit_prices)
def test_a_unit_price_keeps_every_digit(unit_price):
    assert Decimal(rating.plain_unit_price(rating.pico(unit_price))) == unit_price


@given(quantities, unit_prices)
@example(Decimal("0.5"), Decimal("0.01"))
@example(Decimal("0.499999999"), Decimal("0.01"))
def test_an_amount_is_quantity_times_unit_price_rounded_half_up_once(quantity, unit_price):
    """G1, against the decimal arithmetic of Python's standard library."""
    with localcontext() as context:
        context.prec = 80
        expected = (quantity * unit_price * 100).quantize(Decimal(1), ROUND_HALF_UP)
    assert rating.amount_cents(rating.nano(quantity), rating.pico(unit_price)) == expected


@pytest.mark.parametrize(
    ("quantity", "unit_price", "cents"),
    [
        ("1", "0.005", 1),
        ("1", "0.004999999999", 0),
        ("3", "0.005", 2),
        ("0.333333333", "3", 100),
        ("24", "0.54", 1296),
        ("0.000000001", "9000000", 1),
        ("0", "9000000", 0),
    ],
)
def test_half_a_cent_is_rounded_up(quantity, unit_price, cents):
    assert rating.amount_cents(rating.nano(Decimal(quantity)), rating.pico(Decimal(unit_price))) == cents


def test_more_digits_than_are_kept_are_a_fault_and_never_cut_off():
    with pytest.raises(ValueError, match="more decimals"):
        rating.nano(Decimal("0.0000000001"))
    with pytest.raises(ValueError, match="more decimals"):
        rating.pico(Decimal("0.0000000000001"))


@given(st.integers(0, HIGHEST_QUANTITY * NANO), st.integers(0, HIGHEST_UNIT_PRICE * PICO))
def test_the_highest_numbers_fit_a_64_bit_column(quantity_nano, unit_price_pico):
    assert quantity_nano < 2**63
    assert unit_price_pico < 2**63
    assert rating.amount_cents(quantity_nano, unit_price_pico) < 2**63


@pytest.mark.parametrize(
    ("unit_price_pico", "written"),
    [(540_000_000_000, "0.54"), (12_500_000, "0.0000125"), (0, "0.00"), (2 * PICO, "2.00"), (PICO // 2, "0.50")],
)
def test_a_unit_price_is_written_with_two_decimals_or_as_many_as_it_has(unit_price_pico, written):
    assert rating.plain_unit_price(unit_price_pico) == written


@pytest.mark.parametrize(("quantity_nano", "written"), [(24 * NANO, "24"), (333_333_333, "0.333333333"), (0, "0")])
def test_a_quantity_is_written_without_needless_zeros(quantity_nano, written):
    assert rating.plain_quantity(quantity_nano) == written


@given(st.lists(st.integers(0, 10**12), max_size=20))
def test_a_total_is_the_sum_of_its_lines(amounts):
    assert rating.total_cents([a_line(amount_cents=amount) for amount in amounts]) == sum(amounts)


def test_a_total_beyond_what_an_invoice_can_hold_is_refused():
    lines = [a_line(amount_cents=rating.HIGHEST_INVOICE_CENTS)]
    assert rating.total_cents(lines) == rating.HIGHEST_INVOICE_CENTS
    with pytest.raises(Refusal, match="more than an invoice can hold"):
        rating.total_cents([*lines, a_line(amount_cents=1)])


def a_line(*, amount_cents: int) -> Line:
    return Line(1, "Clusters", "M10", "AWS", "hour", ON, ON, PICO // 100, amount_cents * NANO, amount_cents)
