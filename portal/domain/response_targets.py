"""Within which time a case is first answered, as agreed: targets (SL-2) and the calendars they count on (SL-1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.domain.origins import Origin

_OFFSET = re.compile(r"UTC(?:([+-])(0[0-9]|1[0-4]):([0-5][0-9]))?")


class Unit(StrEnum):
    """What an amount of time is counted in."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    BUSINESS_DAY = "business_day"


class Clock(StrEnum):
    """Whether nights, weekends and holidays count (SL-3, SL-4)."""

    ELAPSED = "elapsed"
    BUSINESS = "business"


class DayCounting(StrEnum):
    """When a number of business days is over."""

    NOMINAL = "nominal"  # SL-4: so many open minutes later
    CLOSE_OF_NTH_DAY = "close_of_nth_day"  # at the close of the nth day, the day of creation not counted


class Comparison(StrEnum):
    """Whether an answer at the due instant itself is in time (SL-6)."""

    LESS = "lt"
    LESS_OR_EQUAL = "le"


class TargetKind(StrEnum):
    """How far a vendor binds itself; only a target can be missed (NE-5)."""

    TARGET = "target"
    EXPECTATION = "expectation"
    BEST_EFFORT = "best_effort"


class Via(StrEnum):
    """How a case came in."""

    PORTAL = "portal"
    EMAIL = "email"
    STAFF = "staff"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class ResponseTarget:
    """The time to the first response to cases of a plan, of its variant and of these severities (SL-2).

    `calendar` is the key of a calendar or of what a region calls one; only the business clock has it. With `only_via`
    cases that came in another way have no target.
    """

    plan: str
    variant: str | None
    severities: tuple[str, ...]
    amount: int
    unit: Unit
    clock: Clock
    calendar: str | None
    day_counting: DayCounting
    comparison: Comparison
    kind: TargetKind
    only_via: Via | None
    origin: Origin

    @property
    def is_promise(self) -> bool:
        """Whether it can be missed."""
        return self.kind is TargetKind.TARGET


@dataclass(frozen=True, slots=True)
class Opening:
    """From when to when it is open on one weekday, in minutes after midnight, half-open (SL-1)."""

    from_minute: int
    until_minute: int

    @property
    def minutes(self) -> int:
        """How long it is open."""
        return self.until_minute - self.from_minute


@dataclass(frozen=True, slots=True)
class HolidaySet:
    """Public holidays by name, of a country or of its `subdivision`; which days they are comes from outside."""

    key: str
    name: str
    country: str
    subdivision: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Business hours (SL-1): openings by weekday (Monday is 0) in `zone`, and which holidays close it.

    `nominal_day_minutes` is what one business day counts (SL-4). `phrase` completes “within 2 hours, …”, and
    `description` says the hours in words.
    """

    key: str
    phrase: str
    description: str
    zone: str
    openings: Mapping[int, tuple[Opening, ...]]
    nominal_day_minutes: int
    holiday_set: HolidaySet | None
    origin: Origin

    @property
    def time_zone(self) -> tzinfo:
        """The zone in which weekdays and holidays are decided (SL-5)."""
        return zone_of(self.zone)


def zone_of(name: str) -> tzinfo:
    """The zone called `name`: `Europe/Berlin`, or a fixed offset `UTC`, `UTC-08:00`; `ValueError` for no zone."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        sign, hours, minutes = offset.groups(default="0")
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-ahead if sign == "-" else ahead) if ahead else UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone is expected, for example Europe/Berlin or UTC-08:00") from None
