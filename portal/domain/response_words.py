"""Response targets in words (SUP-5)."""

from __future__ import annotations

from portal.domain.catalogue import Catalogue
from portal.domain.response_clock import Policy
from portal.domain.response_targets import Clock, Comparison, DayCounting, ResponseTarget, TargetKind, Unit

_UNITS = {Unit.MINUTE: "minute", Unit.HOUR: "hour", Unit.DAY: "day", Unit.BUSINESS_DAY: "business day"}


def target_in_words(catalogue: Catalogue, target: ResponseTarget, *, region: str | None = None) -> str:
    """“within 8 hours”, “3 business days”, “< 1 hour, around the clock”, in `region` (None: the default)."""
    words = _bound(target) if target.kind is TargetKind.TARGET else _amount(target)
    clock = _clock(catalogue, target, region)
    effort = "best effort" if target.kind is TargetKind.BEST_EFFORT else ""
    return ", ".join(part for part in (words, clock, effort) if part)


def hours_in_words(catalogue: Catalogue) -> tuple[str, ...]:
    """What “in business hours” and the like mean: one sentence a calendar that counts, in any region."""
    return tuple(
        f"{calendar.phrase[0].upper()}{calendar.phrase[1:]}: {calendar.description}."
        for calendar in catalogue.calendars.values()
    )


def policy_in_words(policy: Policy) -> str:
    """“within 4 hours, around the clock”, “within 3 business days”: what was agreed on one case (SL-9)."""
    target = policy.target
    words = _bound(target) if target.is_promise or _is_next_day(target) else f"within {_amount(target)}"
    return words if target.unit is Unit.BUSINESS_DAY else f"{words}, {clock_in_words(policy)}"


def clock_in_words(policy: Policy) -> str:
    """Which hours count: “in business hours”, “around the clock”."""
    return policy.calendar.phrase if policy.calendar else "around the clock"


def _bound(target: ResponseTarget) -> str:
    if _is_next_day(target):
        return _amount(target)
    return f"{'<' if target.comparison is Comparison.LESS else 'within'} {_amount(target)}"


def _is_next_day(target: ResponseTarget) -> bool:
    return target.day_counting is DayCounting.CLOSE_OF_NTH_DAY and target.amount == 1


def _amount(target: ResponseTarget) -> str:
    if _is_next_day(target):
        return "same or next business day"
    return f"{target.amount} {_UNITS[target.unit]}{'' if target.amount == 1 else 's'}"


def _clock(catalogue: Catalogue, target: ResponseTarget, region: str | None) -> str:
    """How nights and weekends count; left out where it goes without saying."""
    calendar = catalogue.calendar(target, region=region)
    if calendar:
        return "" if target.unit is Unit.BUSINESS_DAY else calendar.phrase
    clocks = {other.clock for other in catalogue.response_targets}
    return "around the clock" if clocks != {Clock.ELAPSED} else ""
