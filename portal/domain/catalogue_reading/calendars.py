"""Reads the calendars that all catalogues share: business hours and which holidays close them (SL-11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from portal.domain.catalogue_reading.values import by_key, origin
from portal.domain.reading import Reader, read_with
from portal.domain.response_targets import BusinessCalendar, HolidaySet, Opening, zone_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_COUNTRY = re.compile(r"[A-Z]{2}")


def parse_calendars(table: object, source: str) -> Mapping[str, BusinessCalendar]:
    """The calendars in `table`, by key; what is missing, unknown or of a wrong kind is `Malformed` at its place."""
    with Reader(table, source) as top:
        holiday_sets = by_key(top, "holiday_sets", _holiday_set)

        def parse(calendar: Reader, key: str) -> BusinessCalendar:
            return _calendar(calendar, key, holiday_sets)

        return by_key(top, "calendars", parse)


def _holiday_set(table: Reader, key: str) -> HolidaySet:
    country = table.text("country")
    if not _COUNTRY.fullmatch(country):
        raise table.refuse("country", "the two capital letters of a country are expected")
    return HolidaySet(key, table.text("name"), country, table.optional_text("subdivision"), origin(table))


def _calendar(table: Reader, key: str, holiday_sets: Mapping[str, HolidaySet]) -> BusinessCalendar:
    holidays = table.optional_text("holidays", one_of=holiday_sets) if holiday_sets else None
    openings = _openings(table)
    if not openings:
        raise table.refuse("hours", "at least one weekday is expected")
    read_with(table, "zone", zone_of)
    return BusinessCalendar(
        key=key,
        phrase=table.text("phrase"),
        description=table.text("description"),
        zone=table.text("zone"),
        openings=openings,
        nominal_day_minutes=table.integer("nominal_day_minutes", lowest=1, highest=1440),
        holiday_set=holiday_sets[holidays] if holidays else None,
        origin=origin(table),
    )


def _openings(table: Reader) -> Mapping[int, tuple[Opening, ...]]:
    with table.table("hours") as hours:
        return {number: _of_day(hours, day) for number, day in enumerate(WEEKDAYS) if hours.has(day)}


def _of_day(hours: Reader, day: str) -> tuple[Opening, ...]:
    """One opening, or several with commas between them, each after the one before."""
    openings = tuple(_opening(hours, day, text.strip()) for text in hours.text(day).split(","))
    if any(later.from_minute < earlier.until_minute for earlier, later in pairwise(openings)):
        raise hours.refuse(day, "openings are expected one after the other, for example 08:00-12:00, 13:00-17:00")
    return openings


def _opening(hours: Reader, day: str, text: str) -> Opening:
    match = _HOURS.fullmatch(text)
    if match:
        from_hour, from_minute, until_hour, until_minute = map(int, match.groups())
        opening = Opening(60 * from_hour + from_minute, 60 * until_hour + until_minute)
        if opening.minutes > 0 and opening.until_minute <= 24 * 60:
            return opening
    raise hours.refuse(day, "hours are expected, for example 09:00-17:00 or 00:00-24:00")
