"""Calendar months and day ranges, half-open, in UTC days (G2, G3)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.domain.errors import Refusal

ONE_DAY = timedelta(days=1)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A billing period: one calendar month, its first day included, the first of the next one not (G3)."""

    year: int
    month: int

    def __post_init__(self) -> None:
        # A billing month needs a day after it, so the calendar's last year has none.
        if not (1 <= self.month <= 12 and 1 <= self.year < 9999):
            raise Refusal(f"{self.year:04d}-{self.month:02d} is not a month.")

    @classmethod
    def of(cls, day: date | datetime) -> Month:
        """The month that `day` lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month written as `YYYY-MM`; anything else is refused."""
        match = _MONTH.fullmatch(text)
        if not match:
            raise Refusal(f"“{text}” is not a month. Write it as YYYY-MM, for example 2024-01.")
        return cls(int(match[1]), int(match[2]))

    @property
    def first_on(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    @property
    def last_on(self) -> date:
        """The last day."""
        return date(self.year, self.month, self.days)

    @property
    def ends_before(self) -> date:
        """The first day of the next month, which is no longer part of this one."""
        return date(self.year + self.month // 12, self.month % 12 + 1, 1)

    @property
    def days(self) -> int:
        """How many days the month has."""
        return calendar.monthrange(self.year, self.month)[1]

    def following(self) -> Month:
        """The next month."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def preceding(self) -> Month:
        """The month before."""
        return Month.of(self.first_on - ONE_DAY)

    @classmethod
    def ended(cls, days: int, *, before: date) -> Month:
        """The last month that ended at least `days` whole days before the day `before` begins (CLOSE-9)."""
        return cls.of(before - timedelta(days=days)).preceding()

    def until(self, last: Month) -> Iterator[Month]:
        """This month and each one after it, `last` included."""
        month = self
        while month <= last:
            yield month
            month = month.following()

    def __contains__(self, day: date) -> bool:
        return self.first_on <= day < self.ends_before

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `starts_on` up to, not including, `ends_before`; without an end it stays open."""

    starts_on: date
    ends_before: date | None = None

    def __post_init__(self) -> None:
        if self.ends_before is not None and self.ends_before <= self.starts_on:
            raise ValueError(f"no day lies between {self.starts_on} and {self.ends_before}")

    @property
    def last_on(self) -> date | None:
        """The last of them; None without an end."""
        return self.ends_before - ONE_DAY if self.ends_before else None

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_before is None or day < self.ends_before)

    def overlaps(self, other: Days) -> bool:
        """Whether any day lies in both."""
        return (other.ends_before is None or self.starts_on < other.ends_before) and (
            self.ends_before is None or other.starts_on < self.ends_before
        )


def add_months(day: date, months: int) -> date:
    """The same day `months` later; where that month has no such day, its last day (atlas 4.1)."""
    index = day.year * 12 + day.month - 1 + months
    month = Month(index // 12, index % 12 + 1)
    return date(month.year, month.month, min(day.day, month.days))


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    day = first
    while day <= last:
        yield day
        day += ONE_DAY
