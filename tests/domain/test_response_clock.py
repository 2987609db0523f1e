"""When a first response is due, and whether it was met: the worked examples (SLA-E1 to SLA-E24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal import catalogues
from portal.domain import response_clock
from portal.domain.origins import Origin
from portal.domain.response_clock import Policy
from portal.domain.response_targets import (
    Clock,
    Comparison,
    DayCounting,
    Opening,
    ResponseTarget,
    TargetKind,
    Unit,
)

US_2024 = frozenset({date(2024, 9, 2), date(2024, 11, 28)})
GERMANY_2024 = frozenset({date(2024, 3, 29), date(2024, 4, 1)})
MONDAY_16 = frozenset({date(2024, 9, 16)})


def target(amount, unit, clock=Clock.BUSINESS, *, comparison=Comparison.LESS, counting=DayCounting.NOMINAL):
    return ResponseTarget(
        plan="any",
        variant=None,
        severities=("1",),
        amount=amount,
        unit=Unit(unit),
        clock=clock,
        calendar=None,
        day_counting=counting,
        comparison=comparison,
        kind=TargetKind.TARGET,
        only_via=None,
        origin=Origin.DEMO,
    )


def policy(key, amount, unit, holidays=(), **changes):
    if key is None:
        return Policy(target(amount, unit, Clock.ELAPSED, **changes))
    return Policy(target(amount, unit, **changes), catalogues.load_calendars()[key], holidays)


def local(agreed, text):
    zone = agreed.calendar.time_zone if agreed.calendar else UTC
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("agreed", "created", "due"),
    [
        pytest.param(policy("demo_9_17", 2, "hour"), "2024-09-13 16:55", "2024-09-16 10:55", id="SLA-E1"),
        pytest.param(policy("demo_9_17", 2, "hour", MONDAY_16), "2024-09-13 16:55", "2024-09-17 10:55", id="SLA-E2"),
        pytest.param(policy("demo_9_17", 2, "hour"), "2024-09-13 15:00", "2024-09-13 17:00", id="SLA-E3"),
        pytest.param(policy("demo_9_17", 2, "hour"), "2024-09-13 17:00", "2024-09-16 11:00", id="SLA-E4"),
        pytest.param(policy("demo_9_17", 3, "business_day"), "2024-09-13 16:55", "2024-09-18 16:55", id="SLA-E5"),
        pytest.param(policy("neon_doc", 2, "hour"), "2024-09-13 16:55", "2024-09-16 06:55", id="SLA-E6"),
        pytest.param(policy("neon_sla", 2, "hour"), "2024-09-13 16:55", "2024-09-16 08:00", id="SLA-E7"),
        pytest.param(policy("neon_doc", 2, "hour", US_2024), "2024-08-30 16:55", "2024-09-03 06:55", id="SLA-E8"),
        pytest.param(
            policy("neon_doc", 3, "business_day", US_2024), "2024-08-30 16:55", "2024-09-05 16:55", id="SLA-E9"
        ),
        pytest.param(
            policy("neon_doc", 3, "business_day", US_2024), "2024-08-31 10:00", "2024-09-05 18:00", id="SLA-E10"
        ),
        pytest.param(policy("neon_doc", 3, "business_day"), "2024-09-13 05:00", "2024-09-17 18:00", id="SLA-E11"),
        pytest.param(policy("neon_doc", 2, "day", US_2024), "2024-11-27 17:30", "2024-12-02 17:30", id="SLA-E12"),
        pytest.param(policy("neon_doc", 2, "hour", US_2024), "2024-11-27 17:30", "2024-11-29 07:30", id="SLA-E13"),
        pytest.param(policy("neon_doc", 2, "hour"), "2024-09-13 17:30", "2024-09-16 07:30", id="SLA-E14"),
        pytest.param(policy(None, 1, "hour"), "2024-09-14 23:40", "2024-09-15 00:40", id="SLA-E15"),
        pytest.param(policy(None, 1, "day"), "2024-09-13 16:55", "2024-09-14 16:55", id="SLA-E16"),
        pytest.param(policy("aiven_cet", 1, "hour"), "2024-04-12 17:20", "2024-04-15 08:20", id="SLA-E17"),
        pytest.param(
            policy("aiven_cet", 15, "minute", GERMANY_2024), "2024-03-28 17:50", "2024-04-02 08:05", id="SLA-E18"
        ),
        pytest.param(policy("aiven_24x5_cet", 12, "hour"), "2024-04-12 18:00", "2024-04-15 06:00", id="SLA-E19"),
        pytest.param(policy(None, 15, "minute"), "2024-04-13 03:00", "2024-04-13 03:15", id="SLA-E20"),
        pytest.param(
            policy("aiven_cet", 1, "business_day", counting=DayCounting.CLOSE_OF_NTH_DAY),
            "2024-04-12 17:20", "2024-04-15 18:00",
            id="SLA-E21",
        ),
    ],
)  # fmt: skip
def test_the_worked_examples(agreed, created, due):
    assert agreed.due_after(local(agreed, created)) == local(agreed, due)


def test_the_day_is_that_of_the_calendars_zone():
    """SLA-E14 and SLA-E18 as instants: Saturday in UTC is Friday there, and the clocks changed in between."""
    assert policy("neon_doc", 2, "hour").due_after(datetime(2024, 9, 14, 1, 30, tzinfo=UTC)) == datetime(
        2024, 9, 16, 15, 30, tzinfo=UTC
    )
    berlin = policy("aiven_cet", 15, "minute", GERMANY_2024)
    assert berlin.due_after(local(berlin, "2024-03-28 17:50")) == datetime(2024, 4, 2, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("created", "due"),
    [
        ("2024-08-30 16:55", "2024-09-05 18:00"),
        ("2024-08-31 10:00", "2024-09-05 18:00"),
        ("2024-09-13 05:00", "2024-09-18 18:00"),
    ],
)
def test_days_may_be_counted_by_their_closes(created, due):
    """SLA-E9 to SLA-E11 counted by the close of the nth day, the day of creation left out."""
    agreed = policy("neon_doc", 3, "business_day", US_2024, counting=DayCounting.CLOSE_OF_NTH_DAY)
    assert agreed.due_after(local(agreed, created)) == local(agreed, due)


STANDARD_1, STANDARD_3 = policy("neon_doc", 2, "hour"), policy("neon_doc", 3, "day")


def test_a_raised_severity_counts_from_the_change():
    """SLA-E22."""
    owed = response_clock.opened(STANDARD_3, local(STANDARD_3, "2024-09-10 09:00"))
    assert owed.due_at == local(STANDARD_3, "2024-09-13 09:00")
    raised = response_clock.changed(owed, STANDARD_1, local(STANDARD_1, "2024-09-10 15:00"), is_raised=True)
    assert raised.due_at == local(STANDARD_1, "2024-09-10 17:00")
    assert not raised.is_met(raised.due_at)
    assert raised.is_met(raised.due_at - timedelta(seconds=1))


def test_a_raised_severity_never_gives_more_time():
    owed = response_clock.opened(STANDARD_3, local(STANDARD_3, "2024-09-10 09:00"))
    late = local(STANDARD_3, "2024-09-13 08:30")
    assert response_clock.changed(owed, STANDARD_1, late, is_raised=True) == owed


def test_a_lowered_severity_counts_from_the_creation():
    """SLA-E23."""
    owed = response_clock.opened(STANDARD_1, local(STANDARD_1, "2024-09-10 09:00"))
    lowered = response_clock.changed(owed, STANDARD_3, local(STANDARD_3, "2024-09-10 09:30"), is_raised=False)
    assert lowered.due_at == local(STANDARD_3, "2024-09-13 09:00")


def test_less_than_is_not_as_much_as():
    """SLA-E24: answered at the due instant itself."""
    created, due = local(STANDARD_1, "2024-09-13 16:55"), local(STANDARD_1, "2024-09-16 06:55")
    assert not STANDARD_1.is_met(created, due)
    at_most = replace(STANDARD_1, target=replace(STANDARD_1.target, comparison=Comparison.LESS_OR_EQUAL))
    assert at_most.is_met(created, due)
    assert not at_most.is_met(created, due + timedelta(seconds=1))


def test_an_elapsed_time_has_no_nights():
    agreed = policy(None, 8, "hour", comparison=Comparison.LESS_OR_EQUAL)
    created = datetime(2024, 9, 14, 23, tzinfo=UTC)
    assert agreed.is_met(created, created + timedelta(hours=8))
    assert not agreed.is_met(created, created + timedelta(hours=8, seconds=1))


def test_a_day_may_be_open_twice():
    calendar = replace(catalogues.load_calendars()["demo_9_17"], openings={4: (Opening(540, 720), Opening(780, 1020))})
    agreed = Policy(target(4, "hour"), calendar)
    assert agreed.due_after(datetime(2024, 9, 13, 9, tzinfo=UTC)) == datetime(2024, 9, 13, 14, tzinfo=UTC)


def test_a_calendar_that_never_opens_is_a_fault():
    calendar = replace(catalogues.load_calendars()["demo_9_17"], openings={})
    with pytest.raises(ValueError, match="does not open"):
        Policy(target(1, "hour"), calendar).due_after(datetime(2024, 9, 13, tzinfo=UTC))
