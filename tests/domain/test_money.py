"""Money is whole minor units, and there is one rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import Refusal
from portal.domain.money import Money, decimal_text, minor_digits, ratio_half_up, round_half_up

amounts = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999999", 2), ("-0.5", -1), ("-2.5", -3), ("-2.49", -2), ("0", 0)],
)
def test_a_half_goes_away_from_zero(exact: str, rounded: int) -> None:
    """G1: half up, and a credit note mirrors its invoice."""
    assert round_half_up(Decimal(exact)) == rounded


@given(amounts)
def test_rounding_is_that_of_the_school_book(amount: Decimal) -> None:
    assert round_half_up(amount) == int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_a_ratio_rounds_as_its_fraction_does(numerator: int, denominator: int) -> None:
    assert ratio_half_up(numerator, denominator) == round_half_up(Fraction(numerator, denominator))


def test_a_price_is_applied_once_and_rounded_once() -> None:
    """E3, T2: 8,400.00 × 0.85 = 7,140.00; 1,200.00 × 0.915 = 1,098.00."""
    assert Money(840_000, "USD").at_price(Decimal("0.85"), "EUR") == Money(714_000, "EUR")
    assert Money(120_000, "USD").at_price(Decimal("0.915"), "EUR") == Money(109_800, "EUR")


def test_a_price_in_a_currency_without_cents_gives_whole_units() -> None:
    assert Money(1_050, "USD").at_price(Decimal("149.5"), "JPY") == Money(1_570, "JPY")


def test_a_share_is_rounded_half_up() -> None:
    """TX1, TX2: 23 % and 19 % of 1,234.56."""
    assert Money(123_456, "EUR").share(Decimal(23)).minor == 28_395
    assert Money(123_456, "EUR").share(Decimal(19)).minor == 23_457


def test_currencies_never_mix() -> None:
    for meeting in (Money.__add__, Money.__sub__, Money.__lt__, Money.__ge__):
        with pytest.raises(Refusal, match="USD and EUR"):
            meeting(Money(1, "USD"), Money(1, "EUR"))


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (108_885, "EUR", "1088.85"),
        (-5, "USD", "-0.05"),
        (0, "USD", "0.00"),
        (1_200, "JPY", "1200"),
        (7, "KWD", "0.007"),
    ],
)
def test_an_amount_is_written_with_all_its_digits(minor: int, currency: str, text: str) -> None:
    assert decimal_text(minor, currency) == text
    assert Money.of(text, currency) == Money(minor, currency)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert Money.of(decimal_text(minor, currency), currency) == Money(minor, currency)
    assert minor_digits(currency) in (0, 2, 3)


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_a_total_is_the_sum(minors: list[int]) -> None:
    assert Money.total((Money(minor, "USD") for minor in minors), "USD").minor == sum(minors)
