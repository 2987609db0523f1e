"""How money, days and numbers read (look, "Writing")."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import Money, decimal_text
from portal.domain.periods import Month
from portal.web import formatting


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (578987, "USD", "$5,789.87"),
        (529773, "EUR", "€5,297.73"),
        (5, "GBP", "£0.05"),
        (1200, "CHF", "CHF 12.00"),
        (-75000, "USD", "−$750.00"),
        (0, "USD", "$0.00"),
        (123456789, "JPY", "JPY 123,456,789"),
        (1234, "KWD", "KWD 1.234"),
    ],
)
def test_money_has_its_sign_its_symbol_and_all_its_digits(minor, currency, expected):
    assert plain(formatting.money(Money(minor, currency))) == expected
    assert plain(formatting.money(minor, currency)) == expected


def test_in_a_column_the_currency_stands_in_the_head():
    assert formatting.amount(Money(-123456, "USD")) == "−1,234.56"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["USD", "JPY", "KWD", "CHF"]))
def test_what_is_shown_is_the_amount_and_no_other(minor, currency):
    shown = formatting.amount(minor, currency).replace(",", "").replace("−", "-")
    assert shown == decimal_text(minor, currency)


def test_minor_units_without_a_currency_are_no_money():
    with pytest.raises(TypeError):
        formatting.money(100)


def test_a_unit_price_keeps_the_digits_that_were_agreed():
    assert formatting.agreed_price(Decimal("0.915"), "EUR") == "€0.915"
    assert formatting.agreed_price(Decimal("1.00"), "USD") == "$1.00"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "1–31 Oct 2026"),
        (date(2026, 11, 1), date(2026, 12, 31), "1 Nov – 31 Dec 2026"),
        (date(2026, 2, 1), date(2027, 1, 31), "1 Feb 2026 – 31 Jan 2027"),
        (date(2025, 10, 1), date(2026, 10, 31), "1 Oct 2025 – 31 Oct 2026"),
        (date(2026, 2, 28), date(2026, 2, 28), "28 Feb 2026"),
    ],
)
def test_a_span_says_each_thing_once(first, last, expected):
    assert plain(formatting.days(first, last)) == expected


def test_days_read_the_same_for_people_and_machines():
    assert plain(formatting.day(date(2026, 11, 1))) == '<time datetime="2026-11-01">1 Nov 2026</time>'
    assert plain(formatting.long_day(date(2026, 11, 1))) == '<time datetime="2026-11-01">1 November 2026</time>'
    assert plain(formatting.month(Month(2026, 10))) == "October 2026"


def test_an_instant_is_told_in_utc_whatever_its_zone():
    at = datetime(2026, 11, 20, 15, 31, tzinfo=timezone(timedelta(hours=2)))
    expected = '<time datetime="2026-11-20T13:31:00Z">20 Nov 2026, 13:31 UTC</time>'
    assert plain(formatting.instant(at)) == expected
    assert plain(formatting.instant(at.astimezone(UTC))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1234.500", "1,234.5"), ("1000", "1,000"), ("0.000001", "0.000001"), ("-1234.10", "−1,234.1"), ("0.00", "0")],
)
def test_a_quantity_has_no_trailing_zeros(value, expected):
    assert formatting.quantity(Decimal(value)) == expected


def test_a_rate_is_shown_as_agreed():
    assert plain(formatting.percent(Decimal("9.975"))) == "9.975 %"
    assert plain(formatting.percent(Decimal("19"))) == "19 %"


@pytest.mark.parametrize(
    ("values", "expected"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_is_a_sentence(values, expected):
    assert formatting.listed(values) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Lena Hartwig", "LH"), ("Cher", "C"), ("ada de la cruz", "AC"), ("", "")]
)
def test_initials_are_of_the_first_and_the_last_name(name, expected):
    assert formatting.initials(name) == expected
