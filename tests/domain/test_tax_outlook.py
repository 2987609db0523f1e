"""What the billing profile says about tax before anything is billed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from portal import catalogues
from portal.domain.tax_outlook import look_ahead

ON = date(2026, 11, 20)


def outlook(country, region="Anywhere", tax_id=""):
    return look_ahead(catalogues.load_tax_rules(), country=country, region=region, tax_id=tax_id, on=ON)


@pytest.mark.parametrize(
    ("place", "charged"),
    [
        (("DE",), [("VAT", "19")]),
        (("DE", "Berlin", "DE136695976"), []),
        (("IE", "Dublin", "IE6388047V"), [("VAT", "23")]),
        (("CA", "British Columbia"), [("GST", "5"), ("PST", "7")]),
        (("CA", "Quebec", "123026635RT0001"), [("QST", "9.975")]),
        (("CA", "Alberta", "123026635RT0001"), []),
        (("US", "Texas", "DE136695976"), []),
        (("BR",), []),
    ],
)
def test_the_address_and_the_id_say_what_is_charged(place, charged):
    seen = outlook(*place)
    assert seen.is_known
    assert list(seen.charged) == [(name, Decimal(rate)) for name, rate in charged]


def test_an_id_that_is_not_valid_is_objected_to_and_the_tax_is_charged():
    seen = outlook("DE", tax_id="DE136695975")
    assert "check digits do not fit" in (seen.objection or "")
    assert seen.charged == [("VAT", Decimal(19))]


@pytest.mark.parametrize(
    "place", [("DE", "Berlin", "DE136695976"), ("BR", "Acre", "anything"), ("US", "Texas", "anything")]
)
def test_what_needs_no_word_gets_none(place):
    assert outlook(*place).objection is None


def test_without_the_province_nobody_knows_what_is_charged_in_canada():
    seen = outlook("CA", "")
    assert (seen.is_known, list(seen.charged)) == (False, [])
    assert outlook("CA", "", "nonsense").objection


@pytest.mark.parametrize(
    ("country", "names"),
    [
        ("DE", ("VAT", "VAT")),
        ("CA", ("GST", "GST")),
        ("IE", ("VAT", None)),
        ("CH", ("VAT", None)),
        ("BR", (None, None)),
    ],
)
def test_the_country_says_what_its_tax_is_called_and_whether_an_id_lifts_it(country, names):
    seen = outlook(country)
    assert (seen.tax, seen.liftable) == names


def test_what_an_id_lifts_is_explained():
    assert "Reverse charge" in (outlook("DE", tax_id="DE136695976").note or "")
    assert outlook("DE").note is None
