"""Documents from outside are read strictly, and every error names its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.errors import Malformed
from portal.domain.reading import Reader, read_with


@pytest.mark.parametrize(
    ("table", "read", "message"),
    [
        ({}, lambda r: r.text("name"), "x.toml: plan.name: is missing"),
        ({"name": 3}, lambda r: r.text("name"), "x.toml: plan.name: a text is expected"),
        ({"name": "  "}, lambda r: r.text("name"), "a text is expected"),
        ({"name": "a\x00b"}, lambda r: r.text("name"), "NUL"),
        ({"name": "abc"}, lambda r: r.text("name", longest=2), "at most 2 characters"),
        ({"name": "c"}, lambda r: r.text("name", one_of=("a", "b")), "one of a, b is expected, not 'c'"),
        ({"on": "2024-02-30"}, lambda r: r.day("on"), "the calendar has no 2024-02-30"),
        ({"on": "1.2.2024"}, lambda r: r.day("on"), "YYYY-MM-DD"),
        ({"n": "1e400"}, lambda r: r.decimal("n"), "a number written as a text"),
        ({"n": "NaN"}, lambda r: r.decimal("n"), "a number written as a text"),
        ({"n": 1.5}, lambda r: r.decimal("n"), "a number written as a text"),
        ({"n": "-1"}, lambda r: r.decimal("n"), "at least 0"),
        ({"n": "0"}, lambda r: r.decimal("n", above=Decimal(0)), "above 0"),
        ({"n": "1.234"}, lambda r: r.decimal("n", places=2), "at most 2 decimals"),
        ({"n": "0.123456789012345678"}, lambda r: r.decimal("n"), "at most 12 decimals"),
        ({"n": True}, lambda r: r.integer("n"), "a whole number"),
        ({"n": 11}, lambda r: r.integer("n", highest=10), "from 0 to 10"),
        ({"yes": "true"}, lambda r: r.flag("yes"), "true or false"),
        ({"list": ["a", "a"]}, lambda r: r.texts("list"), "stands twice"),
        ({"list": ["a", 1]}, lambda r: r.texts("list"), "a list of texts"),
        ({"list": {}}, lambda r: list(r.tables("list")), "a list is expected"),
        ({"list": [3]}, lambda r: list(r.tables("list")), "x.toml: plan.list[0]: a table"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(
    table: dict[str, object], read: Callable[[Reader], object], message: str
) -> None:
    with pytest.raises(Malformed) as refused:
        read(Reader(table, "x.toml", "plan"))
    assert message in str(refused.value)


def test_a_key_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(Malformed, match=r"x\.toml: colour: is not known here"), Reader({"colour": 1}, "x.toml"):
        pass


def test_right_values_come_through() -> None:
    table = {
        "name": "a", "on": date(2024, 2, 29), "n": "1000.00", "yes": False, "none": None,
        "plans": {"basic": {"fee": "1"}}, "steps": [{"do": "usage"}],
    }  # fmt: skip
    with Reader(table) as top:
        assert (top.text("name"), top.day("on"), top.decimal("n"), top.flag("yes")) == (
            "a", date(2024, 2, 29), Decimal("1000.00"), False,
        )  # fmt: skip
        assert top.optional_text("none") is None
        assert top.optional_day("later") is None
        assert top.optional_table("other") is None
        assert [(name, plan.decimal("fee")) for name, plan in top.named_tables("plans")] == [("basic", Decimal(1))]
        assert [step.text("do") for step in top.tables("steps")] == ["usage"]
        assert list(top.tables("absent", required=False)) == []


def test_a_parser_of_ones_own_reports_at_the_key() -> None:
    with pytest.raises(Malformed, match=r"plan\.country: no such country"):
        read_with(Reader({"country": "XX"}, "", "plan"), "country", _refuse)


def _refuse(_text: str) -> str:
    raise ValueError("no such country")
