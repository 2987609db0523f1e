"""Asking for a support tier that begins with a chosen month: which months, the states, and when it is likely set up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from portal.domain.business_hours import Holidays
from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.periods import ONE_DAY, Month
from portal.domain.response_targets import BusinessCalendar


class TierState(StrEnum):
    """Where a request stands. Scheduled: it is decided and begins on a later day, by itself."""

    SUBMITTED = "submitted"
    IN_SETUP = "in_setup"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


PENDING = frozenset({TierState.SUBMITTED, TierState.IN_SETUP, TierState.SCHEDULED})
"""States of which an organization has at most one request (AV-23)."""

_FOLLOWING: dict[TierState, frozenset[TierState]] = {
    TierState.SUBMITTED: frozenset({TierState.IN_SETUP, TierState.SCHEDULED, TierState.REJECTED, TierState.WITHDRAWN}),
    TierState.IN_SETUP: frozenset({TierState.SCHEDULED, TierState.ACTIVE, TierState.REJECTED}),
}


def state_on(state: TierState, active_on: date | None, on: date) -> TierState:
    """The state on the day: what is scheduled is active from its day on."""
    if state is TierState.SCHEDULED and active_on is not None and active_on <= on:
        return TierState.ACTIVE
    return state


def check_turn(state: TierState, to: TierState) -> None:
    """Refuse a turn that a request in this state does not take."""
    if state is to:
        raise AlreadyDone(f"The request is {words(to)} already.")
    if to not in _FOLLOWING.get(state, frozenset()):
        raise Refusal(f"A request that is {words(state)} cannot become {words(to)}.")


def words(state: TierState) -> str:
    """What people read for a state."""
    return state.value.replace("_", " ")


def start_months(on: date, *, months_ahead: int) -> Sequence[Month]:
    """The months that a tier may begin with: the current one and the next (V-AMB-4)."""
    months = [Month.of(on)]
    for _ in range(months_ahead):
        months.append(months[-1].following())
    return months


def business_day_after(calendar: BusinessCalendar | None, holidays: Holidays, at: datetime, number: int) -> date:
    """The nth business day after the day of `at`, which is not counted, in the calendar's own zone (SL-5).

    Without a calendar every day is one, in UTC.
    """
    day = at.astimezone(calendar.time_zone).date() if calendar else at.date()
    while number:
        day += ONE_DAY
        if calendar is None or (day.weekday() in calendar.openings and day not in holidays):
            number -= 1
    return day


def expected(
    calendar: BusinessCalendar | None, holidays: Holidays, at: datetime, setup: tuple[int, int] | None, start: Month
) -> tuple[date, date]:
    """Between which days it is likely set up: of a later month, its first day."""
    if start > Month.of(at):
        return start.first_on, start.first_on
    fewest, most = setup or (0, 0)
    return business_day_after(calendar, holidays, at, fewest), business_day_after(calendar, holidays, at, most)
