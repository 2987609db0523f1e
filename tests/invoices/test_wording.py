"""Facts are printed as a reader of invoices expects them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from invoices import pages, wording
from invoices.document import Address, Period, UsageLine
from portal.domain import money as portal_money
from tests.invoices.printed import tax_invoice


@pytest.mark.parametrize(
    ("minor", "currency", "printed"),
    [
        (157563, "EUR", "EUR 1,575.63"),
        (-10000, "USD", "USD −100.00"),
        (-5, "USD", "USD −0.05"),
        (0, "USD", "USD 0.00"),
        (1200, "JPY", "JPY 1,200"),
        (1234567, "KWD", "KWD 1,234.567"),
        (99999999999, "EUR", "EUR 999,999,999.99"),
    ],
)
def test_an_amount_has_its_currency_and_its_minor_digits(minor, currency, printed):
    assert wording.money(minor, currency) == printed


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY", "KRW", "BHD", "TND", "CLP", "ISK", "XOF", "INR"])
def test_documents_and_portal_agree_on_minor_digits(currency):
    assert wording.minor_digits(currency) == portal_money.minor_digits(currency)


@pytest.mark.parametrize(
    ("agreed", "printed"),
    [
        ("0.915", "0.915"),
        ("1", "1"),
        ("3107.000", "3,107.000"),
        ("-2.5", "−2.5"),
        ("9.975", "9.975"),
        ("0.5400", "0.5400"),
    ],
)
def test_a_price_or_quantity_keeps_the_digits_it_was_agreed_with(agreed, printed):
    assert wording.figure(agreed) == printed


@pytest.mark.parametrize(
    ("first", "last", "printed"),
    [
        ("2026-10-01", "2026-10-31", "1–31 Oct 2026"),
        ("2024-02-01", "2024-02-29", "1–29 Feb 2024"),
        ("2026-10-05", "2026-10-05", "5 Oct 2026"),
        ("2026-09-15", "2026-10-14", "15 Sep – 14 Oct 2026"),
        ("2026-12-01", "2027-01-31", "1 Dec 2026 – 31 Jan 2027"),
    ],
)
def test_a_period_names_its_first_and_last_day(first, last, printed):
    ends_before = date.fromisoformat(last) + timedelta(days=1)
    assert wording.span(Period(starts_on=date.fromisoformat(first), ends_before=ends_before)) == printed


def test_an_iban_stands_in_groups_of_four():
    assert wording.iban("IE64IRCE92050112345678") == "IE64 IRCE 9205 0112 3456 78"


@pytest.mark.parametrize(
    ("country", "region", "line"),
    [
        ("IE", None, "Galway, H91"),
        ("DE", None, "H91 Galway"),
        ("DE", "Galway", "H91 Galway"),
        ("US", "IL", "Galway, IL H91"),
    ],
)
def test_a_town_stands_as_on_the_envelopes_of_its_country(country, region, line):
    address = Address(
        line1="1 Road", city="Galway", region=region, postal_code="H91", country_code=country, country_name="There"
    )
    lines = wording.party_lines(replace(tax_invoice().buyer, address=address))
    assert lines[1:4] == ["1 Road", line, "There"]


def test_an_item_of_the_same_name_as_its_service_is_named_once() -> None:
    line = UsageLine(
        usage_on=date(2024, 1, 5),
        service="Backup",
        item="Backup",
        quantity="1",
        unit="GB",
        unit_price="0.14",
        amount_cents=14,
    )
    assert pages.usage_item(line) == "Backup"
    assert pages.usage_item(replace(line, item="snapshots")) == "Backup, snapshots"
    assert pages.usage_item(replace(line, billed_on=date(2024, 2, 1))) == "Backup, billed 1 Feb"
