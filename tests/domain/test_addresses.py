"""Addresses: what is required, what depends on the country, and the form that is kept (atlas 8.2)."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import addresses
from portal.domain.addresses import Address, AddressRefused, Subdivisions
from portal.domain.reading import Reader

TABLE = tomllib.loads((Path(__file__).parents[2] / "portal/catalogues/tax.toml").read_text("utf-8"))
SUBDIVISIONS: Subdivisions = addresses.parse_subdivisions(Reader(TABLE, "tax.toml"))
COUNTRIES = {"CA", "DE", "GB", "IE", "US"}
BERLIN = Address(country="DE", region="Berlin", city="Berlin", line1="Torstraße 1", postal_code="10119")
VANCOUVER = Address(country="CA", region="BC", city="Vancouver", line1="1 Water St", postal_code="V6B 1A1")
AUSTIN = Address(country="US", region="Texas", city="Austin", line1="1 Congress Ave", postal_code="78701")


def kept(address: Address) -> Address:
    return addresses.checked(address, countries=COUNTRIES, subdivisions=SUBDIVISIONS)


def faults(address: Address) -> dict[str, str]:
    try:
        kept(address)
    except AddressRefused as refused:
        return refused.faults
    return {}


@pytest.mark.parametrize("address", [BERLIN, VANCOUVER, AUSTIN], ids=lambda address: address.country)
def test_a_complete_address_has_no_faults(address: Address) -> None:
    assert faults(address) == {}


def test_company_and_second_line_are_optional_and_kept() -> None:
    address = replace(BERLIN, company="Acme GmbH", line2="3. OG")
    assert (kept(address).company, kept(address).line2) == ("Acme GmbH", "3. OG")


@pytest.mark.parametrize("name", ["country", "line1", "city", "region", "postal_code"])
@pytest.mark.parametrize("blank", ["", "   ", "\t\n"])
@pytest.mark.parametrize("address", [BERLIN, VANCOUVER, AUSTIN], ids=lambda address: address.country)
def test_a_required_field_is_named_when_it_is_blank(address: Address, name: str, blank: str) -> None:
    assert name in faults(replace(address, **{name: blank}))


def test_every_fault_is_told_at_once() -> None:
    empty = Address(country="", region="", city="", line1="", postal_code="")
    assert list(faults(empty)) == ["country", "line1", "city", "region", "postal_code"]
    with pytest.raises(AddressRefused, match=r"^Choose a country from the list\. Enter the street address\."):
        kept(empty)


def test_the_words_are_those_of_the_country() -> None:
    assert faults(replace(AUSTIN, region="", postal_code="")) == {
        "region": "Choose a state.",
        "postal_code": "Enter the ZIP.",
    }
    assert faults(replace(VANCOUVER, region="", postal_code=" ")) == {
        "region": "Choose a province.",
        "postal_code": "Enter the Postal Code.",
    }
    assert [addresses.region_label(country) for country in ("US", "CA", "DE")] == [
        "State",
        "Province",
        "State/Province/Region",
    ]
    assert [addresses.postal_code_label(country) for country in ("US", "CA")] == ["ZIP", "Postal Code"]


@pytest.mark.parametrize("country", ["XX", "UK", "Germany", "D"])
def test_a_country_is_one_of_the_list(country: str) -> None:
    assert faults(replace(BERLIN, country=country)) == {"country": "Choose a country from the list."}


def test_a_state_or_province_is_one_of_its_country_and_elsewhere_free_text() -> None:
    assert faults(replace(VANCOUVER, region="Texas")) == {"region": "Choose a province from the list."}
    assert faults(replace(AUSTIN, region="British Columbia")) == {"region": "Choose a state from the list."}
    assert faults(replace(AUSTIN, region="Puerto Rico")) == {"region": "Choose a state from the list."}
    assert faults(replace(BERLIN, region="Anything")) == {}


def test_the_lists_have_fifty_states_and_the_district_and_thirteen_provinces_and_territories() -> None:
    assert len(SUBDIVISIONS.of("US")) == 51
    assert len(SUBDIVISIONS.of("CA")) == 13
    assert SUBDIVISIONS.of("DE") == ()


@pytest.mark.parametrize(
    ("country", "typed", "name"),
    [
        ("CA", "bc", "British Columbia"), ("CA", "CA-QC", "Quebec"), ("CA", "QUÉBEC", "Quebec"),
        ("CA", "P.E.I.", "Prince Edward Island"), ("CA", "newfoundland & labrador", "Newfoundland and Labrador"),
        ("US", "us-ca", "California"), ("US", "new york", "New York"), ("US", "D.C.", "District of Columbia"),
    ],
)  # fmt: skip
def test_a_region_is_kept_by_its_listed_name(country: str, typed: str, name: str) -> None:
    address = replace(VANCOUVER if country == "CA" else AUSTIN, region=typed)
    assert kept(address).region == name


def test_a_listed_region_is_found_by_its_code() -> None:
    found = SUBDIVISIONS.named("CA-BC")
    assert found is not None
    assert found.name == "British Columbia"
    assert SUBDIVISIONS.named("CA-XX") is None


@pytest.mark.parametrize(
    ("country", "typed", "good"),
    [
        ("US", "12345", True), ("US", "12345-6789", True), ("US", "1234", False), ("US", "123456789", False),
        ("US", "12345-678", False), ("US", "K1A 0B1", False), ("CA", "K1A 0B1", True), ("CA", "k1a0b1", True),
        ("CA", "K1A-0B1", False), ("CA", "1K1 A0B", False), ("CA", "12345", False), ("CA", "K1A 0B12", False),
        ("GB", "sw1a 1aa", True), ("IE", "D02 X285", True), ("DE", "1", False), ("DE", "10", True),
        ("DE", "123456789012", True), ("DE", "1234567890123", False), ("DE", "101_19", False), ("DE", "--", False),
        ("DE", "１０１１９", False),
    ],
)  # fmt: skip
def test_a_postal_code_has_the_form_of_its_country(country: str, typed: str, good: bool) -> None:
    base = {"US": AUSTIN, "CA": VANCOUVER}.get(country, replace(BERLIN, country=country))
    assert (faults(replace(base, postal_code=typed)) == {}) is good


def test_an_address_is_kept_without_stray_blanks_and_with_codes_in_capitals() -> None:
    typed = Address(
        country=" ca ", region=" bc", city="  North\u00a0 Vancouver ", line1="1  Water St", postal_code="v6b1a1"
    )
    assert kept(typed) == Address(
        country="CA", region="British Columbia", city="North Vancouver", line1="1 Water St", postal_code="V6B 1A1"
    )


@pytest.mark.parametrize("field", [field.name for field in fields(Address)])
def test_no_field_takes_control_characters_or_a_novel(field: str) -> None:
    for text in ("a\x00b", "a\u202eb", "x" * 201):
        assert field in faults(replace(BERLIN, **{field: text}))


TEXTS = st.text(max_size=12)


ADDRESSES = st.builds(
    Address,
    country=st.sampled_from(["US", "CA", "de"]) | TEXTS,
    region=TEXTS | st.just("bc"),
    city=TEXTS,
    line1=TEXTS,
    postal_code=TEXTS | st.just("k1a 0b1"),
    line2=TEXTS,
    company=TEXTS,
)


@given(ADDRESSES)
def test_tidying_an_address_twice_is_tidying_it_once(address: Address) -> None:
    once = addresses.tidied(address, subdivisions=SUBDIVISIONS)
    assert addresses.tidied(once, subdivisions=SUBDIVISIONS) == once


@pytest.mark.parametrize(
    ("region", "shown", "chosen", "kept"),
    [
        ("California", "US", "US", "California"),  # the country stays, and so does what was there
        ("California", "US", "CA", ""),  # what stood there is of the old country
        ("Texas", "US", "DE", ""),  # chosen from the old country's list
        ("tx", "US", "DE", ""),
        ("Berlin", "US", "DE", "Berlin"),  # typed for the new one
        ("British Columbia", "US", "CA", "British Columbia"),
    ],
)
def test_another_country_begins_without_the_region_of_the_old_one(region, shown, chosen, kept):
    """PROFILE-5."""
    found = addresses.region_kept(
        region, chosen=chosen, shown=shown, shown_region="California", subdivisions=SUBDIVISIONS
    )
    assert found == kept
