"""What is said of a first response: by when, how much is left on its clock, and how it turned out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal import catalogues
from portal.domain import response_clock
from portal.domain.case_promises import PromiseState, duration_in_words, promise_of
from portal.domain.response_clock import Policy

FRIDAY = datetime(2024, 9, 13, 16, 55, tzinfo=UTC)
HOUR = timedelta(hours=1)


def owed(catalogue, plan, severity, since=FRIDAY, *, variant=None, region=None):
    known = catalogues.load(catalogue)
    target = known.target(plan, severity, variant=variant)
    assert target
    return response_clock.opened(Policy(target, known.calendar(target, region=region)), since)


def said(response, at, answered_at=None):
    found = told(response, at, answered_at)
    return found.state, found.left


def told(response, at, answered_at=None):
    found = promise_of(response, answered_at=answered_at, at=at)
    assert found
    return found


def test_nothing_owed_is_nothing_said():
    assert promise_of(None, answered_at=None, at=FRIDAY) is None


def test_around_the_clock_every_hour_counts():
    response = owed("atlas", "pro", "2")
    whole = response.due_at - response.since
    assert said(response, FRIDAY) == (PromiseState.DUE, "4 h")
    assert said(response, FRIDAY + 2 * HOUR + timedelta(minutes=40)) == (PromiseState.DUE, "1 h 20 min")
    assert said(response, FRIDAY + 3 * HOUR) == (PromiseState.DUE_SOON, "1 h")
    assert said(response, FRIDAY + whole) == (PromiseState.OVERDUE, None)
    shown = told(response, FRIDAY + HOUR)
    assert (shown.target, shown.clock, shown.share_passed) == (
        "within 4 hours, around the clock",
        "around the clock",
        25,
    )


def test_in_business_hours_the_weekend_is_not_time_left():
    """SLA-E6: two hours from Friday 16:55 of the calendar are over on Monday 06:55."""
    since = datetime(2024, 9, 14, 0, 55, tzinfo=UTC)
    response = owed("neon", "enterprise", "1", since, variant="standard")
    saturday = datetime(2024, 9, 14, 20, tzinfo=UTC)
    assert said(response, saturday) == (PromiseState.DUE, "55 min")
    shown = told(response, saturday)
    assert (shown.target, shown.clock) == ("< 2 hours, in business hours", "in business hours")


def test_days_are_business_days_where_those_count():
    response = owed("neon", "enterprise", "2", datetime(2024, 9, 10, 15, tzinfo=UTC), variant="standard")
    assert said(response, response.since) == (PromiseState.DUE, "2 business days")
    assert said(response, response.since + 3 * HOUR) == (PromiseState.DUE, "1 business day 9 h")


@pytest.mark.parametrize("late", [timedelta(), 400 * HOUR])
def test_what_is_only_expected_is_never_late(late):
    """NE-5."""
    response = owed("neon", "standard", "1")
    assert said(response, response.due_at + late) == (PromiseState.EXPECTED, None)
    answered_at = response.due_at + late
    assert said(response, answered_at, answered_at) == (PromiseState.ANSWERED, None)
    assert told(response, FRIDAY).target == "within 3 business days"


def test_an_answer_is_in_time_or_late():
    response = owed("atlas", "pro", "2")
    assert said(response, FRIDAY + 99 * HOUR, response.due_at)[0] is PromiseState.MET
    assert said(response, FRIDAY + 99 * HOUR, response.due_at + HOUR)[0] is PromiseState.LATE


def test_best_effort_says_when_in_days():
    assert told(owed("aiven", "basic", "low"), FRIDAY).target == "same or next business day"


@pytest.mark.parametrize(
    ("passed", "words"), [(30, "3 h 59 min"), (3 * 3600 + 3590, "less than a minute"), (3 * 3600 + 3540, "1 min")]
)
def test_less_than_a_minute_is_still_some_time(passed, words):
    assert said(owed("atlas", "pro", "2"), FRIDAY + timedelta(seconds=passed))[1] == words


def test_a_duration_counts_every_hour():
    assert duration_in_words(timedelta(days=2, hours=3, minutes=10)) == "2 days 3 h"
