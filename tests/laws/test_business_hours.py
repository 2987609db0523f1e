"""Open time agrees with somebody who looks at the clock once a minute."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal import catalogues
from portal.domain import business_hours
from portal.domain.response_targets import Opening

MINUTE = timedelta(minutes=1)
ZONES = ("UTC", "UTC-08:00", "UTC+05:30", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Pacific/Auckland")
# Around the days on which clocks change, and around a year's end.
AROUND = (
    datetime(2024, 3, 28, tzinfo=UTC),
    datetime(2024, 10, 25, tzinfo=UTC),
    datetime(2024, 11, 1, tzinfo=UTC),
    datetime(2024, 12, 30, tzinfo=UTC),
    datetime(2024, 4, 5, tzinfo=UTC),
)


def a_calendar(choice):
    """Openings of some weekdays, none of which begins or ends while clocks may be changed."""
    days = {}
    for weekday in choice.sample(range(7), choice.randint(1, 7)):
        edges = sorted(choice.sample([0, *range(240, 1441, 15)], choice.choice((2, 4))))
        days[weekday] = tuple(Opening(*edges[place : place + 2]) for place in range(0, len(edges), 2))
    return replace(catalogues.load_calendars()["demo_9_17"], zone=choice.choice(ZONES), openings=days)


def is_open(calendar, holidays, minute):
    here = minute.astimezone(calendar.time_zone)
    of_day = here.hour * 60 + here.minute
    openings = calendar.openings.get(here.weekday(), ())
    return here.date() not in holidays and any(one.from_minute <= of_day < one.until_minute for one in openings)


@pytest.mark.parametrize("seed", range(60))
def test_open_time_is_that_of_a_clock_that_is_looked_at(seed):
    choice = random.Random(seed)
    calendar = a_calendar(choice)
    since = choice.choice(AROUND) + choice.randint(0, 4 * 1440) * MINUTE
    holidays = {(since + timedelta(days=choice.randint(0, 9))).date() for _ in range(choice.randint(0, 2))}
    amount = choice.randint(1, 2000)
    passed, minute = 0, since
    while passed < amount:
        passed += is_open(calendar, holidays, minute)
        minute += MINUTE
    assert business_hours.after(calendar, holidays, since, amount * MINUTE) == minute
    assert business_hours.between(calendar, holidays, since, minute) == amount * MINUTE
