"""The checks of a usage file's heading and of each of its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.periods import Month
from portal.domain.rating import HIGHEST_QUANTITY, HIGHEST_UNIT_PRICE, NANO, PICO
from portal.domain.usage_facts import Column, KnownOrganization, differences
from portal.domain.usage_rows import FileRefused, WrittenRow, check_heading, check_row
from tests.usage_texts import COLUMNS, SOUND

TODAY = date(2024, 2, 29)
ACME = KnownOrganization(7, "acme", Month(2023, 12), {"shop": 70, "lab": 71})
KNOWN = {"acme": ACME, "5f0e1d2c3b4a59687766554f": ACME}
HEADING = {column: position for position, column in enumerate(Column)}


def facts_of(**changed):
    return check_row(WrittenRow(5, list((SOUND | changed).values())), HEADING, KNOWN, today=TODAY)


def errors_of(**changed):
    with pytest.raises(FileRefused) as refused:
        facts_of(**changed)
    return [(error.line, error.column, error.reason) for error in refused.value.errors]


def heading_errors(*cells):
    with pytest.raises(FileRefused) as refused:
        check_heading(WrittenRow(1, cells))
    return [(error.line, error.column, error.reason) for error in refused.value.errors]


def test_a_row_says_its_facts_in_whole_small_units():
    facts = facts_of(quantity="0.333333333", unit_price="0.000012500001", provider="")
    assert (facts.organization_id, facts.project_id, facts.key) == (7, 70, (7, "u-1"))
    assert (facts.quantity_nano, facts.unit_price_pico) == (333_333_333, 12_500_001)
    assert (facts.used_on, facts.provider) == (date(2024, 1, 10), None)
    assert (facts.service, facts.sku, facts.unit) == ("Clusters", "M10 AWS Frankfurt", "hour")


def test_an_organization_is_named_by_its_slug_or_its_id():
    assert facts_of(organization="5f0e1d2c3b4a59687766554f") == facts_of()


def test_blanks_around_a_value_do_not_count():
    assert facts_of(sku="  M10 AWS Frankfurt ", quantity=" 24", usage_date="2024-01-10 ") == facts_of()


@given(
    st.decimals(0, HIGHEST_QUANTITY, places=9, allow_nan=False),
    st.decimals(0, HIGHEST_UNIT_PRICE // 1000, places=12, allow_nan=False),
)
def test_quantities_and_unit_prices_keep_every_digit(quantity, unit_price):
    facts = facts_of(quantity=format(quantity, "f"), unit_price=format(unit_price, "f"))
    assert Decimal(facts.quantity_nano) / NANO == quantity
    assert Decimal(facts.unit_price_pico) / PICO == unit_price


@given(st.permutations(COLUMNS))
def test_the_columns_may_stand_in_any_order(columns):
    heading = check_heading(WrittenRow(1, columns))
    assert check_row(WrittenRow(2, [SOUND[name] for name in columns]), heading, KNOWN, today=TODAY) == facts_of()


def test_case_blanks_hyphens_and_underscores_of_a_heading_do_not_count():
    cells = ["Organization", "PROJECT", "service", " SKU", "provider", "Usage Date", "quantity", "unit", "unit-price"]
    assert check_heading(WrittenRow(1, [*cells, "ExternalID"])) == HEADING


def test_a_heading_has_every_column_once_and_no_other():
    assert heading_errors(*COLUMNS[:-1]) == [(1, "external_id", "is missing in the heading")]
    assert heading_errors(*COLUMNS, "SKU") == [(1, "sku", "stands twice in the heading")]
    assert heading_errors(*COLUMNS, "amount") == [(1, "line", "“amount” is not a column of usage files")]
    assert [column for _, column, _ in heading_errors("acme", "shop")] == ["line", "line", *COLUMNS]


def test_semicolons_between_the_columns_are_named_as_the_one_mistake():
    expected = [(1, "line", "commas are expected between the columns, not semicolons or tabs")]
    assert heading_errors(";".join(COLUMNS)) == expected
    assert heading_errors("\t".join(COLUMNS)) == expected


NOT_PLAIN_NUMBERS = (
    *("1e400", "1E5", "NaN", "Infinity", "inf", "1_000", "1 000", "+1", "--1", "- 1", "١٢", "½", "0x10", "24h"),
    *(".5", "5.", "1.2.3"),
)
NOT_PLAIN = "is not a plain decimal number such as 24 or 0.0125"


@pytest.mark.parametrize("column", ["quantity", "unit_price"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-5", "“-5” is negative"),
        ("-0.01", "“-0.01” is negative"),
        *((text, f"“{text}” {NOT_PLAIN}") for text in NOT_PLAIN_NUMBERS),
        ("", "is empty"),
        ("   ", "is empty"),
    ],
)
def test_a_number_is_a_plain_decimal_of_at_least_zero(column, text, reason):
    assert errors_of(**{column: text}) == [(5, column, reason)]


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("quantity", "1.0000000001", "“1.0000000001” has more than 9 decimals"),
        ("unit_price", "1.0000000000001", "“1.0000000000001” has more than 12 decimals"),
        ("quantity", "9000000000.000000001", "“9000000000.000000001” is more than 9000000000"),
        ("unit_price", "9000000.000000000001", "“9000000.000000000001” is more than 9000000"),
        ("usage_date", "2024-02-30", "“2024-02-30” is not a day of the calendar"),
        ("usage_date", "2023-02-29", "“2023-02-29” is not a day of the calendar"),
        ("usage_date", "2024-1-10", "“2024-1-10” is not a date written as YYYY-MM-DD"),
        ("usage_date", "20240110", "“20240110” is not a date written as YYYY-MM-DD"),
        ("usage_date", "2024-W01-1", "“2024-W01-1” is not a date written as YYYY-MM-DD"),
        ("usage_date", "٢٠٢٤-01-10", "“٢٠٢٤-01-10” is not a date written as YYYY-MM-DD"),
        ("usage_date", "2024-03-01", "“2024-03-01” lies in the future"),
        ("usage_date", "1999-12-31", "“1999-12-31” lies before 2000-01-01"),
        ("usage_date", "", "is empty"),
        ("organization", "nobody", "“nobody” is not an organization"),
        ("project", "Shop", "“Shop” is not a project of acme"),
        ("provider", "aws", "“aws” is not one of AWS, GCP, AZURE, or nothing"),
        ("provider", "IBM", "“IBM” is not one of AWS, GCP, AZURE, or nothing"),
        ("external_id", "", "is empty"),
        ("service", " ", "is empty"),
        ("service", "x" * 101, "has 101 characters; at most 100 are kept"),
        ("sku", "x" * 201, "has 201 characters; at most 200 are kept"),
        ("unit", "x" * 41, "has 41 characters; at most 40 are kept"),
        ("external_id", "x" * 201, "has 201 characters; at most 200 are kept"),
        ("sku", "M10\tAWS", "“M10\\tAWS” has a control character"),
        ("sku", "\x1b[31m", "“\\x1b[31m” has a control character"),
        ("sku", "\u202eSWA", "“\\u202eSWA” has a control character"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_column_and_reason(column, text, reason):
    assert errors_of(**{column: text}) == [(5, column, reason)]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("usage_date", "2024-02-29"),
        ("usage_date", "2000-01-01"),
        ("quantity", "0"),
        ("quantity", "9000000000"),
        ("unit_price", "0"),
        ("unit_price", "9000000"),
        ("sku", "Größe “M” — 日本 🚀"),
        ("external_id", "x" * 200),
        ("provider", "AZURE"),
    ],
)
def test_a_value_at_the_edge_of_what_can_be_is_taken(column, text):
    assert facts_of(**{column: text}).key[0] == 7


def test_every_wrong_value_of_a_row_is_listed_once():
    errors = errors_of(organization="nobody", quantity="-1", usage_date="yesterday", sku="")
    assert [column for _, column, _ in errors] == ["organization", "usage_date", "quantity", "sku"]


def test_an_amount_that_no_invoice_can_hold_is_refused_when_it_comes():
    reason = "with this quantity it is more than an invoice can hold"
    assert errors_of(quantity="9000000000", unit_price="9000000") == [(5, "unit_price", reason)]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["acme"], "10 values are expected, not 1"),
        ([*SOUND.values(), ""], "10 values are expected, not 11"),
        ([], "is empty"),
    ],
)
def test_a_row_has_as_many_values_as_the_heading(cells, reason):
    with pytest.raises(FileRefused) as refused:
        check_row(WrittenRow(5, cells), HEADING, KNOWN, today=TODAY)
    assert [(error.line, error.column, error.reason) for error in refused.value.errors] == [(5, "line", reason)]


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"project": "lab"}, ("project", "another project")),
        ({"service": "Backup"}, ("service", "“Clusters”")),
        ({"sku": "M20"}, ("sku", "“M10 AWS Frankfurt”")),
        ({"provider": ""}, ("provider", "AWS")),
        ({"usage_date": "2024-01-11"}, ("usage_date", "2024-01-10")),
        ({"quantity": "24.000000001"}, ("quantity", "24")),
        ({"unit": "GB"}, ("unit", "“hour”")),
        ({"unit_price": "0.55"}, ("unit_price", "0.54")),
    ],
)
def test_two_rows_differ_in_the_columns_that_say_something_else(changed, difference):
    assert list(differences(facts_of(), facts_of(**changed))) == [difference]


def test_rows_that_write_the_same_facts_in_another_way_do_not_differ():
    assert facts_of(quantity="24.00", unit_price="00.540") == facts_of()
