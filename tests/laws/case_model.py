"""A second clock of first responses: it looks at every minute, and shares nothing with the portal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

MINUTE = timedelta(minutes=1)


def _days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


US = _days(
    "2024-01-01", "2024-01-15", "2024-02-19", "2024-05-27", "2024-06-19", "2024-07-04", "2024-09-02", "2024-10-14",
    "2024-11-11", "2024-11-28", "2024-12-25", "2025-01-01", "2025-01-20", "2025-02-17",
)  # fmt: skip
GERMANY = _days(
    "2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01", "2024-05-09", "2024-05-20", "2024-10-03", "2024-12-25",
    "2024-12-26", "2025-01-01",
)  # fmt: skip
NEW_SOUTH_WALES = _days(
    "2024-01-01", "2024-01-26", "2024-03-29", "2024-03-30", "2024-03-31", "2024-04-01", "2024-04-25", "2024-06-10",
    "2024-10-07", "2024-12-25", "2024-12-26", "2025-01-01", "2025-01-27",
)  # fmt: skip


@dataclass(frozen=True)
class Hours:
    """When it is open: from one hour to another on weekdays, in a zone."""

    zone: tzinfo
    opens: int
    closes: int
    holidays: frozenset[date]

    def is_open(self, at: datetime) -> bool:
        """Whether the minute that begins at `at` counts."""
        there = at.astimezone(self.zone)
        return there.weekday() < 5 and there.date() not in self.holidays and self.opens <= there.hour < self.closes


NEON = Hours(timezone(timedelta(hours=-8)), 6, 18, US)
REGIONS = {
    "cet": (ZoneInfo("Europe/Berlin"), GERMANY),
    "aest": (ZoneInfo("Australia/Sydney"), NEW_SOUTH_WALES),
    "est": (ZoneInfo("America/New_York"), US),
}


@dataclass(frozen=True)
class Promise:
    """So many minutes, open ones where there are `hours`; `strict`: an answer at the due instant is late.

    `closes`: instead, the close of the next open day. Without `is_kept` nobody is held to it.
    """

    minutes: int
    hours: Hours | None = None
    strict: bool = False
    closes: bool = False
    is_kept: bool = True

    def due(self, since: datetime) -> datetime:
        """Look at every minute until enough of them have passed."""
        if self.closes:
            return self._close_of_next_day(since)
        at, passed = since, 0
        while passed < self.minutes:
            passed += self.hours is None or self.hours.is_open(at)
            at += MINUTE
        return at

    def is_met(self, since: datetime, answered_at: datetime) -> bool:
        """Count the minutes until the answer."""
        if self.closes:
            return answered_at <= self.due(since)
        at, passed = since, 0
        while at < answered_at:
            passed += self.hours is None or self.hours.is_open(at)
            at += MINUTE
        return passed < self.minutes if self.strict else passed <= self.minutes

    def _close_of_next_day(self, since: datetime) -> datetime:
        assert self.hours
        today, at = since.astimezone(self.hours.zone).date(), since
        while at.astimezone(self.hours.zone).date() == today or not self.hours.is_open(at):
            at += MINUTE
        while self.hours.is_open(at):
            at += MINUTE
        return at


def promises(plan: str, region: str) -> dict[str, Promise]:
    """What each severity is promised, by the plan's name of ours."""
    zone, holidays = REGIONS[region]
    office, weekdays = Hours(zone, 8, 18, holidays), Hours(zone, 0, 24, holidays)
    hour, day = 60, 12 * 60
    expected = Promise(3 * day, NEON, is_kept=False)
    three_days = Promise(3 * day, NEON, strict=True)
    return {
        "atlas developer": dict.fromkeys("1234", Promise(8 * hour)),
        "atlas pro": {"1": Promise(2 * hour), "2": Promise(4 * hour), "3": Promise(8 * hour), "4": Promise(8 * hour)},
        "atlas enterprise": {"1": Promise(15), "2": Promise(hour), "3": Promise(2 * hour), "4": Promise(2 * hour)},
        "aiven basic": dict.fromkeys(("low", "high", "critical"), Promise(0, office, closes=True, is_kept=False)),
        "aiven priority": dict.fromkeys(("low", "high", "critical"), Promise(12 * hour, weekdays)),
        "aiven business": {
            "low": Promise(12 * hour, weekdays), "high": Promise(hour, office), "critical": Promise(15, office),
        },
        "aiven enterprise": {"low": Promise(12 * hour), "high": Promise(hour), "critical": Promise(15)},
        "neon launch": dict.fromkeys("1234", expected),
        "neon business": dict.fromkeys("1234", expected),
        "neon enterprise standard": {
            "1": Promise(2 * hour, NEON, strict=True), "2": Promise(2 * day, NEON, strict=True), "3": three_days,
            "4": three_days,
        },
        "neon enterprise gold": {
            "1": Promise(hour, strict=True), "2": Promise(24 * hour, strict=True), "3": three_days, "4": three_days,
        },
    }[plan]  # fmt: skip


WORST_FIRST = {"atlas": "1234", "aiven": ("critical", "high", "low"), "neon": "1234"}


@dataclass
class CaseModel:
    """One case: what is owed, and how it turned out."""

    catalogue: str
    promised: dict[str, Promise]
    opened_at: datetime
    requested: str | None
    assessed: str | None = None
    answered_at: datetime | None = None
    owed: tuple[Promise, datetime] | None = field(init=False)

    def __post_init__(self) -> None:
        self.owed = (self.promised[self.counts], self.opened_at) if self.promised else None

    @property
    def counts(self) -> str:
        """The severity that counts; a case without one counts as the third."""
        return self.assessed or self.requested or "3"

    def change(self, severity: str, *, by_staff: bool, at: datetime) -> None:
        """Another severity, by staff or by the customer."""
        before = self.counts
        if by_staff:
            self.assessed = severity
        else:
            self.requested = severity
        if self.owed is None or self.answered_at or self.counts == before:
            return
        order, promise = WORST_FIRST[self.catalogue], self.promised[self.counts]
        if order.index(self.counts) > order.index(before):
            self.owed = (promise, self.opened_at)
        elif promise.due(at) < self.owed[0].due(self.owed[1]):
            self.owed = (promise, at)

    def answer(self, at: datetime) -> None:
        """Staff write for the customer."""
        self.answered_at = self.answered_at or at

    def outcome(self, at: datetime) -> Sequence[str | None]:
        """Due, answered, and the result, as a scenario's answer says them."""
        due = self.owed[0].due(self.owed[1]) if self.owed else None
        return _text(due), _text(self.answered_at), self._result(due, at)

    def _result(self, due: datetime | None, at: datetime) -> str:
        if self.owed is None or due is None or not self.owed[0].is_kept:
            return "expectation"
        if self.answered_at:
            return "met" if self.owed[0].is_met(self.owed[1], self.answered_at) else "missed"
        return "missed" if at >= due else "open"


def _text(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None
