"""What was agreed on response times when a case was opened: kept with the case, whatever the plan is later (SL-9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.business_hours import Holidays
from portal.domain.catalogue import Catalogue
from portal.domain.origins import Origin
from portal.domain.response_clock import Policy
from portal.domain.response_targets import (
    BusinessCalendar,
    Clock,
    Comparison,
    DayCounting,
    HolidaySet,
    Opening,
    ResponseTarget,
    TargetKind,
    Unit,
    Via,
)

HolidaysOf = Callable[[HolidaySet], Holidays]


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """The plan of a case and its response policies by severity, as they were when it was opened.

    `ranks` are those of the severities then; `when_missing` is what a case without severity counts as.
    """

    plan: str
    variant: str | None
    ranks: Mapping[str, int]
    policies: Mapping[str, Policy]
    when_missing: str | None

    def policy(self, severity: str | None) -> Policy | None:
        """The policy of a severity, or of what a case without one counts as; None where nothing is promised."""
        return self.policies.get(severity or self.when_missing or "")

    def is_raised(self, old: str | None, new: str) -> bool:
        """Whether `new` is worse than `old`; rank 1 is the worst."""
        return self.ranks[new] < self.ranks.get(old or self.when_missing or "", max(self.ranks.values()) + 1)


def agree(
    catalogue: Catalogue, *, plan: str, variant: str | None, region: str | None, via: Via, holidays_of: HolidaysOf
) -> CaseTerms:
    """The terms of a new case. What came another way than its target asks for has no target (NE-5)."""
    policies = {}
    for severity in catalogue.severities:
        target = catalogue.target(plan, severity, variant=variant)
        if target is None or target.only_via not in (None, via):
            continue
        calendar = catalogue.calendar(target, region=region)
        policies[severity] = Policy(target, calendar, _holidays(calendar, holidays_of))
    ranks = {severity.key: severity.rank for severity in catalogue.severities.values()}
    return CaseTerms(plan, variant, ranks, policies, catalogue.case_policy.severity_when_missing)


def as_json(terms: CaseTerms) -> dict[str, Any]:
    """The terms as they are kept; `from_json` reads them."""
    return {
        "plan": terms.plan,
        "variant": terms.variant,
        "ranks": dict(terms.ranks),
        "when_missing": terms.when_missing,
        "policies": {
            severity: {"target": _target(policy.target), "calendar": _calendar(policy.calendar)}
            for severity, policy in terms.policies.items()
        },
    }


def from_json(kept: Mapping[str, Any], holidays_of: HolidaysOf) -> CaseTerms:
    """The terms that `as_json` wrote, with the holidays of their calendars."""
    policies = {}
    for severity, policy in kept["policies"].items():
        calendar = _read_calendar(policy["calendar"])
        target = _read_target(policy["target"], plan=kept["plan"], variant=kept["variant"], severity=severity)
        policies[severity] = Policy(target, calendar, _holidays(calendar, holidays_of))
    return CaseTerms(kept["plan"], kept["variant"], kept["ranks"], policies, kept["when_missing"])


def _holidays(calendar: BusinessCalendar | None, holidays_of: HolidaysOf) -> Holidays:
    return holidays_of(calendar.holiday_set) if calendar and calendar.holiday_set else ()


def _target(target: ResponseTarget) -> dict[str, Any]:
    return {
        "amount": target.amount,
        "unit": target.unit.value,
        "clock": target.clock.value,
        "calendar": target.calendar,
        "day_counting": target.day_counting.value,
        "comparison": target.comparison.value,
        "kind": target.kind.value,
        "only_via": target.only_via.value if target.only_via else None,
        "origin": target.origin.value,
    }


def _read_target(kept: Mapping[str, Any], *, plan: str, variant: str | None, severity: str) -> ResponseTarget:
    return ResponseTarget(
        plan=plan,
        variant=variant,
        severities=(severity,),
        amount=kept["amount"],
        unit=Unit(kept["unit"]),
        clock=Clock(kept["clock"]),
        calendar=kept["calendar"],
        day_counting=DayCounting(kept["day_counting"]),
        comparison=Comparison(kept["comparison"]),
        kind=TargetKind(kept["kind"]),
        only_via=Via(kept["only_via"]) if kept["only_via"] else None,
        origin=Origin(kept["origin"]),
    )


def _calendar(calendar: BusinessCalendar | None) -> dict[str, Any] | None:
    if calendar is None:
        return None
    holidays = calendar.holiday_set
    return {
        "key": calendar.key,
        "phrase": calendar.phrase,
        "description": calendar.description,
        "zone": calendar.zone,
        "openings": {
            str(day): [[opening.from_minute, opening.until_minute] for opening in openings]
            for day, openings in calendar.openings.items()
        },
        "nominal_day_minutes": calendar.nominal_day_minutes,
        "holidays": [holidays.key, holidays.name, holidays.country, holidays.subdivision] if holidays else None,
        "origin": calendar.origin.value,
    }


def _read_calendar(kept: Mapping[str, Any] | None) -> BusinessCalendar | None:
    if kept is None:
        return None
    origin = Origin(kept["origin"])
    return BusinessCalendar(
        key=kept["key"],
        phrase=kept["phrase"],
        description=kept["description"],
        zone=kept["zone"],
        openings={
            int(day): tuple(Opening(*opening) for opening in openings) for day, openings in kept["openings"].items()
        },
        nominal_day_minutes=kept["nominal_day_minutes"],
        holiday_set=_read_holidays(kept["holidays"], origin),
        origin=origin,
    )


def _read_holidays(kept: Sequence[str] | None, origin: Origin) -> HolidaySet | None:
    if kept is None:
        return None
    key, name, country, subdivision = kept
    return HolidaySet(key, name, country, subdivision, origin)
