"""The clock of the first response: when it is due, what a change of severity does to that, and whether it was met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.domain import business_hours
from portal.domain.business_hours import Holidays
from portal.domain.response_targets import (
    BusinessCalendar,
    Clock,
    Comparison,
    DayCounting,
    ResponseTarget,
    Unit,
)

_ELAPSED = {Unit.MINUTE: timedelta(minutes=1), Unit.HOUR: timedelta(hours=1), Unit.DAY: timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Policy:
    """What was agreed when a case was opened: its target and the calendar that it counts on (SL-9).

    `calendar` and `holidays` matter for the business clock only.
    """

    target: ResponseTarget
    calendar: BusinessCalendar | None = None
    holidays: Holidays = ()

    def due_after(self, since: datetime) -> datetime:
        """When the time from `since` is over (SL-3, SL-4)."""
        if self.target.clock is Clock.ELAPSED:
            return since + self.target.amount * _ELAPSED[self.target.unit]
        calendar = self._calendar
        if self.target.day_counting is DayCounting.CLOSE_OF_NTH_DAY:
            return business_hours.close_of_nth_day(calendar, self.holidays, since, self.target.amount)
        return business_hours.after(calendar, self.holidays, since, self._open_time)

    def is_met(self, since: datetime, answered_at: datetime) -> bool:
        """Whether the time that passed on the target's clock is less than, or not more than, what was agreed (SL-6)."""
        target = self.target
        if target.clock is Clock.ELAPSED or target.day_counting is DayCounting.CLOSE_OF_NTH_DAY:
            passed, agreed = answered_at - since, self.due_after(since) - since
        else:
            passed = business_hours.between(self._calendar, self.holidays, since, answered_at)
            agreed = self._open_time
        return passed < agreed if target.comparison is Comparison.LESS else passed <= agreed

    @property
    def _calendar(self) -> BusinessCalendar:
        if self.calendar is None:
            raise ValueError("the business clock needs a calendar")
        return self.calendar

    @property
    def _open_time(self) -> timedelta:
        """The amount as open time: a day is what the calendar counts for one (SL-4)."""
        if self.target.unit in (Unit.DAY, Unit.BUSINESS_DAY):
            return timedelta(minutes=self.target.amount * self._calendar.nominal_day_minutes)
        return self.target.amount * _ELAPSED[self.target.unit]


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """A first response that is owed: by which policy, counted from when, and by when."""

    policy: Policy
    created_at: datetime
    since: datetime
    due_at: datetime

    def is_met(self, answered_at: datetime) -> bool:
        """Whether an answer at that instant is in time."""
        return self.policy.is_met(self.since, answered_at)


def opened(policy: Policy, created_at: datetime) -> FirstResponse:
    """The first response that a new case is owed. The clock never pauses before it (SL-8)."""
    return FirstResponse(policy, created_at, created_at, policy.due_after(created_at))


def changed(owed: FirstResponse, policy: Policy, changed_at: datetime, *, is_raised: bool) -> FirstResponse:
    """What is owed after the severity was changed, before anybody answered (SL-10).

    Raised, the new time counts from the change and the earlier due time stays if it is sooner; lowered, it counts from
    the creation.
    """
    if not is_raised:
        return replace(opened(policy, owed.created_at), created_at=owed.created_at)
    due_at = policy.due_after(changed_at)
    return owed if owed.due_at <= due_at else FirstResponse(policy, owed.created_at, changed_at, due_at)
