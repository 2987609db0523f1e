"""Taxes as the shipped tax.toml has them: the vectors TX1 to TX12, dated rates, what an id lifts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import Refusal
from portal.domain.money import Money, round_half_up
from portal.domain.tax import Assessment, Product, TaxRules, Treatment, assess, parse_tax_rules, taxed_places

TABLE = tomllib.loads((Path(__file__).parents[2] / "portal/catalogues/tax.toml").read_text("utf-8"))
RULES = parse_tax_rules(TABLE, "tax.toml")
GOOD_ID = {
    "AU": "83914571673", "CA": "123026635RT0001", "CH": "CHE107787577IVA", "DE": "DE136695976", "FR": "FR23334175221",
    "GB": "GB980780684", "IE": "IE6433435F", "IM": "GB980780684", "IN": "27AAPFU0939F1ZV", "NO": "NO995525828MVA",
    "SA": "310122393500003", "SG": "197401143C",
}  # fmt: skip


def tax_on(
    net: str,
    place: str,
    *,
    product: Product = Product.USAGE,
    tax_id: str | None = None,
    on: date = date(2026, 1, 31),
    rules: TaxRules = RULES,
) -> Assessment:
    country, _, region = place.partition("-")
    return assess(rules, Money.of(net, "USD"), product=product, country=country, region=region, tax_id=tax_id, on=on)


@dataclass(frozen=True)
class Vector:
    id: str
    place: str
    net: str
    taxes: tuple[tuple[str, str, str], ...]
    total: str
    product: Product = Product.USAGE
    tax_id: str | None = None


FLEX = Product.FLEX_CONSULTING
VECTORS = [
    Vector("TX1", "IE", "1234.56", (("VAT", "23", "283.95"),), "1518.51", tax_id="IE6433435F"),
    Vector("TX2", "DE", "1234.56", (("VAT", "19", "234.57"),), "1469.13"),
    Vector("TX3", "DE", "1234.56", (), "1234.56", tax_id="DE136695976"),
    Vector("TX4", "GB", "999.99", (("VAT", "20", "200.00"),), "1199.99", tax_id="GB802311781"),
    Vector("TX5", "GB", "999.99", (), "999.99", product=FLEX),
    Vector("TX6", "CA-BC", "2500.00", (("GST", "5", "125.00"), ("PST", "7", "175.00")), "2800.00"),
    Vector("TX7", "CA-BC", "2500.00", (("PST", "7", "175.00"),), "2675.00", tax_id="123026635RT0001"),
    Vector("TX8", "CA-QC", "2500.00", (("QST", "9.975", "249.38"),), "2749.38", tax_id="123026635RT0001"),
    Vector("TX9", "CA-AB", "2500.00", (), "2500.00", tax_id="123026635RT0001"),
    Vector("TX10", "CH", "1000.00", (("VAT", "8.1", "81.00"),), "1081.00", tax_id="CHE107787577IVA"),
    Vector("TX11", "ZA", "1000.00", (), "1000.00", product=FLEX),
    Vector("TX12", "US", "1000.00", (), "1000.00", tax_id="DE136695976"),
    Vector("AMB-15", "CA-BC", "100.00", (("PST", "7", "7.00"),), "107.00", product=FLEX, tax_id="123026635RT0001"),
    Vector("AMB-16", "IN", "100.00", (("GST", "18", "18.00"),), "118.00", product=FLEX),
    Vector("AMB-17", "BR", "100.00", (), "100.00"),
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.id)
def test_a_vector_of_the_specification_comes_out_to_the_cent(vector: Vector) -> None:
    found = tax_on(vector.net, vector.place, product=vector.product, tax_id=vector.tax_id)
    assert tuple((tax.name, str(tax.rate), str(tax.amount)) for tax in found.taxes) == vector.taxes
    assert str(found.total) == vector.total
    assert found.total == found.net + found.tax


# Which areas tax which product, and whether a valid id takes the tax away: a row each of atlas 9.1.
AREAS = [
    ("AU", True, True, True), ("CA-ON", True, True, True), ("DE", True, True, True), ("FR", True, True, True),
    ("IE", True, True, False), ("IN", True, True, True), ("IM", True, False, True), ("KE", True, True, False),
    ("MY", True, True, False), ("NO", True, True, True), ("SA", True, True, True), ("SG", True, False, True),
    ("ZA", True, False, False), ("CH", True, True, False), ("GB", True, False, True), ("US", False, False, False),
    ("BR", False, False, False), ("MC", False, False, False),
]  # fmt: skip


@pytest.mark.parametrize(("place", "usage", "flex", "lifted"), AREAS, ids=str)
def test_an_area_taxes_the_products_it_taxes_and_heeds_an_id_where_it_does(
    place: str, usage: bool, flex: bool, lifted: bool
) -> None:
    good = GOOD_ID.get(place[:2], "12345678")
    assert bool(tax_on("100", place).taxes) is usage
    assert bool(tax_on("100", place, product=FLEX).taxes) is flex
    assert bool(tax_on("100", place, tax_id=good).taxes) is (usage and not lifted)


@pytest.mark.parametrize(
    ("place", "last_day_before", "before", "after"),
    [
        ("EE", date(2023, 12, 31), "20", "22"), ("EE", date(2025, 6, 30), "22", "24"),
        ("RO", date(2025, 7, 31), "19", "21"), ("RO", date(2016, 12, 31), "20", "19"),
        ("FI", date(2024, 8, 31), "24", "25.5"), ("SK", date(2024, 12, 31), "20", "23"),
        ("LU", date(2022, 12, 31), "17", "16"), ("LU", date(2023, 12, 31), "16", "17"),
        ("DE", date(2020, 6, 30), "19", "16"), ("DE", date(2020, 12, 31), "16", "19"),
        ("IE", date(2020, 8, 31), "23", "21"), ("IE", date(2021, 2, 28), "21", "23"),
        ("GR", date(2016, 5, 31), "23", "24"), ("SG", date(2023, 12, 31), "8", "9"),
        ("CH", date(2023, 12, 31), "7.7", "8.1"), ("MY", date(2024, 2, 29), "6", "8"),
    ],
)  # fmt: skip
def test_a_new_rate_is_valid_from_its_first_day_on(place: str, last_day_before: date, before: str, after: str) -> None:
    first_day = date.fromordinal(last_day_before.toordinal() + 1)
    assert [str(tax.rate) for tax in tax_on("100", place, on=last_day_before).taxes] == [before]
    assert [str(tax.rate) for tax in tax_on("100", place, on=first_day).taxes] == [after]


def test_the_rates_of_today_are_those_of_the_sources() -> None:
    now = {(line.place, line.tax): str(line.rate) for line in taxed_places(RULES, on=date(2026, 1, 1))}
    vat = {
        "AT": "20", "BE": "21", "BG": "20", "CY": "19", "CZ": "21", "DE": "19", "DK": "25", "EE": "24", "ES": "21",
        "FI": "25.5", "FR": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23", "IT": "22", "LT": "21", "LU": "17",
        "LV": "21", "MT": "18", "NL": "21", "PL": "23", "PT": "23", "RO": "21", "SE": "25", "SI": "22", "SK": "23",
        "GB": "20", "IM": "20", "CH": "8.1", "KE": "16", "NO": "25", "SA": "15", "ZA": "15",
    }  # fmt: skip
    others = {("AU", "GST"): "10", ("CA", "GST"): "5", ("IN", "GST"): "18", ("SG", "GST"): "9", ("MY", "SST"): "8"}
    provinces = {("CA-BC", "PST"): "7", ("CA-MB", "PST"): "7", ("CA-SK", "PST"): "6", ("CA-QC", "QST"): "9.975"}
    assert now == {(place, "VAT"): rate for place, rate in vat.items()} | others | provinces


def test_every_rate_answers_for_the_first_day_there_is_and_the_last() -> None:
    for day in (date.min, date.max):
        assert len(taxed_places(RULES, on=day)) == sum(len(rule.rates) for rule in RULES.rules)


def test_the_list_says_since_when_a_rate_holds_and_what_lifts_it() -> None:
    lines = {line.place: line for line in taxed_places(RULES, on=date(2025, 7, 1))}
    assert lines["EE"].since == date(2025, 7, 1)
    assert lines["FR"].since is None
    assert (lines["DE"].lifted_by_tax_id, lines["IE"].lifted_by_tax_id) == (True, False)
    assert lines["GB"].products == {Product.USAGE}


def test_two_taxes_both_stand_on_the_net_amount_and_each_is_rounded_once() -> None:
    found = tax_on("0.90", "CA-QC")
    # 0.045 and 0.089775: each rounded up alone makes 0.14, their sum rounded once would be 0.13.
    assert [(tax.base, str(tax.amount)) for tax in found.taxes] == [(found.net, "0.05"), (found.net, "0.09")]


def test_a_month_without_charges_bears_no_taxes() -> None:
    found = tax_on("0", "DE")
    assert found.taxes == ()
    assert (str(found.total), found.treatment) == ("0.00", Treatment.STANDARD)


def test_a_credit_note_takes_back_exactly_the_tax_of_its_invoice() -> None:
    assert tax_on("-1234.56", "DE").tax == -tax_on("1234.56", "DE").tax


@pytest.mark.parametrize(
    ("place", "tax_id", "treatment", "words"),
    [
        ("DE", None, Treatment.STANDARD, None),
        ("DE", "DE136695976", Treatment.EXEMPT_BY_TAX_ID, "Article 196 of Directive 2006/112/EC"),
        ("IE", "IE6433435F", Treatment.STANDARD, None),
        ("GB", "GB980780684", Treatment.EXEMPT_BY_TAX_ID, "UK VAT"),
        ("AU", "83914571673", Treatment.EXEMPT_BY_TAX_ID, "Australian Business Number"),
        ("CA-BC", "123026635RT0001", Treatment.STANDARD, "Canadian GST number"),
        ("CA-AB", "123026635RT0001", Treatment.EXEMPT_BY_TAX_ID, "Canadian GST number"),
        ("CH", "CHE107787577IVA", Treatment.STANDARD, None),
        ("US", "12-3456789", Treatment.NOT_TAXED, None),
        ("BR", "11.222.333/0001-81", Treatment.NOT_TAXED, None),
    ],
)  # fmt: skip
def test_the_invoice_says_why_a_tax_is_not_charged(
    place: str, tax_id: str | None, treatment: Treatment, words: str | None
) -> None:
    found = tax_on("100", place, tax_id=tax_id)
    assert found.treatment is treatment
    assert (words in found.note) if words and found.note else found.note is words


def test_a_product_that_is_not_taxed_needs_no_reverse_charge() -> None:
    found = tax_on("100", "GB", product=FLEX, tax_id="GB980780684")
    assert (found.treatment, found.note) == (Treatment.NOT_TAXED, None)


def test_an_id_is_handed_on_in_the_form_that_is_kept_and_only_when_it_counts() -> None:
    assert tax_on("100", "GR", tax_id="gr 094 259 216").tax_id == "EL094259216"
    assert tax_on("100", "IE", tax_id="6433435f").tax_id == "IE6433435F"
    assert tax_on("100", "DE", tax_id="DE136695977").tax_id is None
    assert tax_on("100", "BR", tax_id="11222333000181").tax_id is None


@pytest.mark.parametrize("wrong", ["", "  ", "DE136695977", "ATU13585627", "136", "none"])
def test_an_id_that_is_missing_wrong_or_of_another_country_leaves_the_tax(wrong: str) -> None:
    assert [str(tax.amount) for tax in tax_on("100", "DE", tax_id=wrong).taxes] == ["19.00"]


@pytest.mark.parametrize("region", ["BC", "bc", "CA-BC", "British Columbia", " british  columbia ", "B.C."])
def test_a_province_is_known_by_code_and_by_name(region: str) -> None:
    assert [tax.name for tax in tax_on("100", f"CA-{region}").taxes] == ["GST", "PST"]


@pytest.mark.parametrize("region", ["Québec", "QUEBEC", "qc", "Que\u0301bec"])
def test_quebec_is_known_with_its_accent_and_without(region: str) -> None:
    assert [tax.name for tax in tax_on("100", f"CA-{region}").taxes] == ["GST", "QST"]


@pytest.mark.parametrize("region", ["", "Atlantis"])
def test_without_a_known_province_no_canadian_tax_is_guessed(region: str) -> None:
    with pytest.raises(Refusal, match="depends on the province"):
        tax_on("100", f"CA-{region}")


def test_the_harmonised_tax_of_ontario_is_left_out() -> None:
    assert [(tax.name, str(tax.rate)) for tax in tax_on("100", "CA-ON").taxes] == [("GST", "5")]


PLACES = st.sampled_from(
    [*sorted({place for rule in RULES.rules for place in rule.rates} - {"CA"}), "CA-ON", "US-TX", "BR", "JP"]
)
NETS = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["USD", "EUR", "JPY"]))
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@given(PLACES, NETS, DAYS, st.sampled_from(Product))
def test_the_tax_is_the_sum_of_each_rate_on_the_net_rounded_once(
    place: str, net: Money, on: date, product: Product
) -> None:
    found = assess(RULES, net, product=product, country=place[:2], region=place, tax_id=None, on=on)
    rates = [
        line.rate
        for line in taxed_places(RULES, on=on)
        if line.place in (place, place[:2]) and product in line.products
    ]
    expected = sum(round_half_up(net.minor * Fraction(rate) / 100) for rate in rates)
    assert (found.total.minor, found.total.currency) == (net.minor + expected, net.currency)


@given(PLACES, st.integers(0, 10**12), DAYS, st.sampled_from(Product), st.text(max_size=20))
def test_an_id_never_makes_a_bill_higher(place: str, minor: int, on: date, product: Product, other: str) -> None:
    net, country = Money(minor, "USD"), place[:2]
    for tax_id in (GOOD_ID.get(country, other), other):
        with_id = assess(RULES, net, product=product, country=country, region=place, tax_id=tax_id, on=on)
        without = assess(RULES, net, product=product, country=country, region=place, tax_id=None, on=on)
        assert net <= with_id.total <= without.total
