"""Time that counts only while it is open: business calendars with several openings a day, holidays and summer time."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import UTC, date, datetime, time, timedelta

from portal.domain.periods import ONE_DAY
from portal.domain.response_targets import BusinessCalendar, Opening

# A calendar that is closed for so long is a mistake, and would be searched for ever.
_LONGEST_CLOSED = timedelta(days=400)

Holidays = Container[date]


def after(calendar: BusinessCalendar, holidays: Holidays, since: datetime, amount: timedelta) -> datetime:
    """The earliest instant at which so much open time has passed `since`; what is used up at a close ends there (SL-4).

    Weekdays and holidays are those of the calendar's own zone (SL-5). `ValueError` for a calendar that never opens.
    """
    left = amount
    for opens_at, closes_at in spans(calendar, holidays, since):
        begins_at = max(opens_at, since)
        if left <= closes_at - begins_at:
            return begins_at + left
        left -= closes_at - begins_at
    raise AssertionError("spans are endless")


def between(calendar: BusinessCalendar, holidays: Holidays, since: datetime, until: datetime) -> timedelta:
    """How much open time lies between two instants."""
    passed = timedelta()
    for opens_at, closes_at in spans(calendar, holidays, since):
        if opens_at >= until:
            break
        passed += min(closes_at, until) - max(opens_at, since)
    return passed


def close_of_nth_day(calendar: BusinessCalendar, holidays: Holidays, since: datetime, days: int) -> datetime:
    """The close of the nth business day after the day of `since`, which is not counted itself."""
    today = since.astimezone(calendar.time_zone).date()
    closes = dict[date, datetime]()
    for _, closes_at in spans(calendar, holidays, since):
        # A day that is open until midnight closes on it.
        day = (closes_at - timedelta(microseconds=1)).astimezone(calendar.time_zone).date()
        if len(closes) == days and day not in closes:
            break
        if day > today:
            closes[day] = closes_at
    return closes[max(closes)]


def spans(calendar: BusinessCalendar, holidays: Holidays, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open spans, in UTC, that end after `since`: half-open, in their order, without an end (SL-1)."""
    day = since.astimezone(calendar.time_zone).date() - ONE_DAY
    last_open = day
    while day - last_open < _LONGEST_CLOSED:
        if day not in holidays:
            for opening in calendar.openings.get(day.weekday(), ()):
                opens_at, closes_at = _on(calendar, day, opening)
                if closes_at > max(opens_at, since):
                    last_open = day
                    yield opens_at, closes_at
        day += ONE_DAY
    raise ValueError(f"the calendar {calendar.key} does not open")


def _on(calendar: BusinessCalendar, day: date, opening: Opening) -> tuple[datetime, datetime]:
    return _at(calendar, day, opening.from_minute), _at(calendar, day, opening.until_minute)


def _at(calendar: BusinessCalendar, day: date, minute: int) -> datetime:
    """The instant of a minute after midnight, on the clocks that hang there; 24:00 is the next day's midnight."""
    days, minute_of_day = divmod(minute, 24 * 60)
    hour, minute_of_hour = divmod(minute_of_day, 60)
    local = datetime.combine(day + days * ONE_DAY, time(hour, minute_of_hour), calendar.time_zone)
    return local.astimezone(UTC)
