"""What the demo's support has seen: on whichever day it is read, it is past, and one thing follows another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain.demo_cases import Deed, Opening, Turn, parse_support
from portal.domain.errors import Malformed
from portal.domain.periods import Month, add_months
from portal.services import demo


def a_file(*turns, **changes):
    """A file with one case, and what is done to it."""
    case = {
        "ref": "slow", "at": "2026-03-02 08:40", "by": "owner@acme.example", "organization": "acme", "severity": "2",
        "subject": "Slow", "description": "It is slow.", "then": list(turns),
    }  # fmt: skip
    one = {
        "agent": "agent@portal.example",
        "mail_since": "2026-03-01 00:00",
        "macros": [],
        "teams": [],
        "incidents": [],
    }
    return one | {"cases": [case | changes]}


def a_turn(**changes):
    return {"at": "2026-03-02 09:00", "by": "agent@portal.example", "do": "comment", "text": "We look."} | changes


@pytest.mark.parametrize(
    "today", [date(2026, 11, 20), date(2026, 11, 22), date(2026, 3, 1), date(2028, 2, 29), date(2027, 5, 31)]
)
def test_on_any_day_all_of_it_is_past_and_in_order(today):
    support = demo.support(today=today)
    begins = datetime(today.year, today.month, today.day, tzinfo=UTC)
    assert support.mail_since < support.steps[-1].at < begins
    assert all(one.begins_at < one.ends_at < begins for one in support.incidents)
    open_since: dict[str, datetime] = {}
    for step in support.steps:
        assert step.at >= open_since.get(step.ref, step.at)
        if isinstance(step, Opening):
            open_since[step.ref] = step.at
        assert step.ref in open_since
    of_acme = [step.at.date() for step in support.steps if isinstance(step, Opening) and step.organization == "acme"]
    elastic = [date(first.year, first.month, 15) for first in (months_before(today, 7), months_before(today, 5))]
    assert all(elastic[0] <= day < elastic[1] for day in of_acme)


def months_before(day, count):
    return add_months(Month.of(day).first_on, -count)


@pytest.mark.parametrize("today", [date(2026, 11, 20), date(2026, 11, 22), date(2026, 11, 23)])
def test_borealis_is_answered_on_working_days(today):
    recent = [step.at for step in demo.support(today=today).steps if step.at.date() > today - timedelta(days=60)]
    assert recent
    assert all(at.weekday() < 5 for at in recent)


def test_what_is_done_is_read_by_what_it_needs():
    turns = [
        a_turn(),
        a_turn(do="state", choice="pending", at="2026-03-02 09:01"),
        {"do": "close", "at": "2026-03-09 09:00"},
    ]
    turns[1].pop("text")
    steps = parse_support(a_file(*turns), source="cases.toml").steps
    comment, state, closing = [step for step in steps if isinstance(step, Turn)]
    assert (comment.deed, comment.text, comment.choice) == (Deed.COMMENT, "We look.", "")
    assert (state.deed, state.text, state.choice) == (Deed.STATE, "", "pending")
    assert (closing.deed, closing.by, closing.at) == (Deed.CLOSE, "", datetime(2026, 3, 9, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (a_file(a_turn(do="shout")), "cases[0].then[0].do"),
        (a_file(a_turn(choice="pending")), "cases[0].then[0].choice"),
        (a_file(a_turn(do="claim")), "cases[0].then[0].text"),
        ({**a_file(a_turn(do="rate", choice="fair"))}, "cases[0].then[0].choice"),
        (a_file(at="yesterday"), "cases[0].at"),
        (a_file(colour="red"), "cases[0].colour"),
    ],
)
def test_what_is_not_known_is_named_by_its_place(file, place):
    with pytest.raises(Malformed) as refused:
        parse_support(file, source="cases.toml")
    assert refused.value.place == f"cases.toml: {place}"
