"""What is said of a case's first response: by when, how much time is left on its clock, and how it turned out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain import business_hours
from portal.domain.cases import ResponseResult, result, warns_at
from portal.domain.response_clock import FirstResponse
from portal.domain.response_targets import Unit
from portal.domain.response_words import clock_in_words, policy_in_words

_LONGEST_WARNING = timedelta(hours=1)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class PromiseState(StrEnum):
    """How a first response stands. What is only expected is never late (NE-5)."""

    DUE = "due"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"
    EXPECTED = "expected"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Promise:
    """A first response as people read it.

    `target` is what was agreed, `clock` which hours count, and `left` the time left on that clock (“1 h 20 min”; None
    where it is over). `share_passed` is how much of the time has passed, in percent.
    """

    state: PromiseState
    due_at: datetime
    answered_at: datetime | None
    target: str
    clock: str
    left: str | None
    share_passed: int

    @property
    def is_running(self) -> bool:
        """Whether nobody has answered yet."""
        return self.answered_at is None


def promise_of(owed: FirstResponse | None, *, answered_at: datetime | None, at: datetime) -> Promise | None:
    """What is said at `at` of what is owed (PROMISE-1); None where nothing is."""
    if owed is None:
        return None
    ended_at = answered_at or at
    left = _time_left(owed, ended_at)
    is_over = answered_at is not None or ended_at >= owed.due_at
    whole = _time_left(owed, owed.since)
    return Promise(
        state=_state(owed, answered_at, at),
        due_at=owed.due_at,
        answered_at=answered_at,
        target=policy_in_words(owed.policy),
        clock=clock_in_words(owed.policy),
        left=None if is_over else _in_words(left, day=_day_of(owed)),
        share_passed=100 - int(left * 100 / whole) if whole else 100,
    )


def duration_in_words(duration: timedelta) -> str:
    """“1 h 20 min”, “2 days 3 h”, “less than a minute”: time that passes day and night."""
    return _in_words(duration, day=(_DAY, "day"))


def _state(owed: FirstResponse, answered_at: datetime | None, at: datetime) -> PromiseState:
    found = result(owed, answered_at=answered_at, at=at)
    if found is ResponseResult.EXPECTATION:
        return PromiseState.ANSWERED if answered_at else PromiseState.EXPECTED
    if answered_at is not None:
        return PromiseState.MET if found is ResponseResult.MET else PromiseState.LATE
    if found is ResponseResult.MISSED:
        return PromiseState.OVERDUE
    is_soon = at >= warns_at(owed.since, owed.due_at, most=_LONGEST_WARNING)
    return PromiseState.DUE_SOON if is_soon else PromiseState.DUE


def _time_left(owed: FirstResponse, at: datetime) -> timedelta:
    """The time left on the clock that counts: of business hours only those in which it is open."""
    if at >= owed.due_at:
        return timedelta()
    policy = owed.policy
    if policy.calendar is None:
        return owed.due_at - at
    return business_hours.between(policy.calendar, policy.holidays, at, owed.due_at)


def _day_of(owed: FirstResponse) -> tuple[timedelta, str]:
    """What counts as one day, and what it is called."""
    calendar = owed.policy.calendar
    if calendar is None:
        return _DAY, "day"
    is_short = calendar.nominal_day_minutes * _MINUTE < _DAY or owed.policy.target.unit is Unit.BUSINESS_DAY
    return calendar.nominal_day_minutes * _MINUTE, "business day" if is_short else "day"


def _in_words(duration: timedelta, *, day: tuple[timedelta, str]) -> str:
    length, name = day
    days, rest = divmod(duration, length)
    hours, rest = divmod(rest, _HOUR)
    minutes = rest // _MINUTE
    if days:
        return _parts((days, f" {name}{'s' if days > 1 else ''}"), (hours, " h"))
    return _parts((hours, " h"), (minutes, " min")) or "less than a minute"


def _parts(*parts: tuple[int, str]) -> str:
    return " ".join(f"{count}{unit}" for count, unit in parts if count)
