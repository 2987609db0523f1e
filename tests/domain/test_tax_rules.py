"""The loader of the tax table: what it refuses, each with file, key and what is expected."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from portal.domain.errors import Malformed
from portal.domain.tax import parse_tax_rules

SMALL: dict[str, Any] = {
    "taxes": [
        {
            "name": "VAT", "area": "Union", "products": ["usage"], "lifted_by_tax_id": True, "note": "Reverse charge.",
            "rates": {"DE": [{"rate": "19"}, {"from": date(2020, 7, 1), "rate": "16"}]},
        },
        {
            "name": "PST", "area": "Provinces", "products": ["usage"], "lifted_by_tax_id": False,
            "rates": {"CA-BC": [{"rate": "7"}]},
        },
    ],
    "subdivisions": {"CA": {"CA-BC": ["British Columbia"], "CA-QC": ["Quebec"]}},
}  # fmt: skip


def changed(path: str, value: object) -> dict[str, Any]:
    """The small table with the value at `path` replaced, added or, for None, taken away."""
    table = deepcopy(SMALL)
    *parents, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    inner: Any = table
    for step in parents:
        inner = inner[step]
    if value is None:
        del inner[last]
        return table
    if isinstance(inner, list) and last == len(inner):
        inner.append(value)
        return table
    inner[last] = value
    return table


def test_the_small_table_itself_is_accepted() -> None:
    assert len(parse_tax_rules(SMALL, "t.toml").rules) == 2


@pytest.mark.parametrize(
    ("path", "value", "place", "expected"),
    [
        ("taxes", [], "taxes", "at least one tax"),
        ("taxes/0/name", None, "taxes[0].name", "is missing"),
        ("taxes/0/note", None, "taxes[0].note", "is missing"),
        ("taxes/1/note", "Never printed.", "taxes[1].note", "is not known here"),
        ("taxes/0/products", ["cloud"], "taxes[0].products", "one of flex_consulting, usage"),
        ("taxes/0/products", [], "taxes[0].products", "at least one product"),
        ("taxes/0/lifted_by_tax_id", "yes", "taxes[0].lifted_by_tax_id", "true or false"),
        ("taxes/0/rates", {}, "taxes[0].rates", "at least one place"),
        ("taxes/0/rates/DE", [], "taxes[0].rates.DE", "at least one rate"),
        ("taxes/0/rates/DE/0/rate", 19, "taxes[0].rates.DE[0].rate", "a number written as a text"),
        ("taxes/0/rates/DE/0/rate", "0", "taxes[0].rates.DE[0].rate", "above 0"),
        ("taxes/0/rates/DE/0/rate", "100.1", "taxes[0].rates.DE[0].rate", "at most 100"),
        ("taxes/0/rates/DE/0/until", date(2020, 1, 1), "taxes[0].rates.DE[0].until", "is not known here"),
        ("taxes/0/rates/DE/0/from", date(2020, 1, 1), "taxes[0].rates.DE[0].from", "no date"),
        ("taxes/0/rates/DE/1/from", None, "taxes[0].rates.DE[1].from", "the first day"),
        ("taxes/0/rates/DE/1/from", "2020-02-30", "taxes[0].rates.DE[1].from", "the calendar has no"),
        ("taxes/0/rates/DE/2", {"from": date(2020, 7, 1), "rate": "19"}, "rates.DE[2].from", "a day after 2020-07-01"),
        ("taxes/0/rates/Germany", [{"rate": "19"}], "taxes[0].rates.Germany", "a country (DE)"),
        ("taxes/0/rates/KE", [{"rate": "16"}], "taxes[0].rates.KE", "whose tax ids have a known format"),
        ("taxes/1/rates/CA-XX", [{"rate": "7"}], "taxes[1].rates.CA-XX", "listed in subdivisions.CA"),
        ("taxes/2", SMALL["taxes"][1], "taxes[2].rates.CA-BC", "one PST a place"),
        ("subdivisions/CA/BC", ["British Columbia"], "subdivisions.CA.BC", "an ISO 3166-2 code of CA"),
        ("subdivisions/CA/CA-QC", [], "subdivisions.CA.CA-QC", "begins with the name"),
        ("subdivisions/CA/CA-QC", ["Quebec", "B. C."], "subdivisions.CA.CA-QC", "not also one of CA-BC"),
        ("rates", {}, "rates", "is not known here"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_file_key_and_what_is_expected(
    path: str, value: object, place: str, expected: str
) -> None:
    table = changed(path, value)
    with pytest.raises(Malformed) as refused:
        parse_tax_rules(table, "t.toml")
    assert str(refused.value).startswith("t.toml: ")
    assert place in refused.value.place
    assert expected in refused.value.expected
