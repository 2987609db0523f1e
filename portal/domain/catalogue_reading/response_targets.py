"""Reads response targets and the regions that choose their calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.domain.catalogue import Region
from portal.domain.catalogue_reading.values import by_key, choice, names, origin, reference, some_of
from portal.domain.reading import Reader
from portal.domain.response_targets import (
    BusinessCalendar,
    Clock,
    Comparison,
    DayCounting,
    ResponseTarget,
    TargetKind,
    Unit,
    Via,
)
from portal.domain.support_plans import Severity, SupportPlan


def parse_regions(top: Reader, calendars: Mapping[str, BusinessCalendar]) -> Mapping[str, Region]:
    """The regions, one of them the default, all with the same names of calendars."""

    def parse(table: Reader, key: str) -> Region:
        meant = names(table, "calendars")
        for name, calendar in meant.items():
            if calendar not in calendars:
                raise table.refuse(f"calendars.{name}", f"one of {_listed(calendars)} is expected, not {calendar!r}")
        return Region(key, table.text("name"), table.flag("default", default=False), meant, origin(table))

    regions = by_key(top, "regions", parse)
    if regions and sum(region.is_default for region in regions.values()) != 1:
        raise top.refuse("regions", "exactly one region with default = true is expected")
    expected = set(next(iter(regions.values())).calendars) if regions else set()
    for key, region in regions.items():
        if set(region.calendars) != expected:
            raise top.refuse(f"regions.{key}.calendars", f"the names {_listed(expected)} are expected")
    return regions


def parse_targets(
    top: Reader, plans: Mapping[str, SupportPlan], severities: Mapping[str, Severity], *, calendars: Iterable[str]
) -> tuple[ResponseTarget, ...]:
    """The targets; a plan that has any has one for each severity, in each of its variants."""
    known = tuple(calendars)
    targets: list[ResponseTarget] = []
    for table in top.tables("response_targets", required=False):
        target = _target(table, plans, severities, known)
        for other in targets:
            if (other.plan, other.variant) == (target.plan, target.variant):
                for severity in set(other.severities) & set(target.severities):
                    raise table.refuse("severities", f"the target of {target.plan} for {severity} stands twice")
        targets.append(target)
    for plan in {target.plan: plans[target.plan] for target in targets}.values():
        for variant in plan.variants or (None,):
            _check_whole(top, targets, plan.key, variant, severities)
    return tuple(targets)


def _check_whole(
    top: Reader, targets: Iterable[ResponseTarget], plan: str, variant: str | None, severities: Iterable[str]
) -> None:
    same = [target for target in targets if (target.plan, target.variant) == (plan, variant)]
    for severity in severities:
        if not any(severity in target.severities for target in same):
            of_variant = f" in {variant}" if variant else ""
            raise top.refuse("response_targets", f"a target of {plan}{of_variant} for {severity} is expected")


def _target(
    table: Reader, plans: Mapping[str, SupportPlan], severities: Mapping[str, Severity], calendars: tuple[str, ...]
) -> ResponseTarget:
    plan = plans[reference(table, "plan", plans, section="support_plans")]
    clock, unit = choice(table, "clock", Clock), choice(table, "unit", Unit)
    on_business_clock = clock is Clock.BUSINESS
    if unit is Unit.BUSINESS_DAY and not on_business_clock:
        raise table.refuse("unit", "the elapsed clock has no business days: minute, hour or day is expected")
    day_counting = DayCounting.NOMINAL
    if unit in (Unit.DAY, Unit.BUSINESS_DAY) and on_business_clock:
        day_counting = choice(table, "day_counting", DayCounting, default=day_counting)
    return ResponseTarget(
        plan=plan.key,
        variant=table.text("variant", one_of=plan.variants) if plan.variants else None,
        severities=some_of(table, "severities", severities, otherwise=tuple(severities)),
        amount=table.integer("amount", lowest=1, highest=10_000),
        unit=unit,
        clock=clock,
        calendar=reference(table, "calendar", calendars, section="calendars.toml") if on_business_clock else None,
        day_counting=day_counting,
        comparison=choice(table, "comparison", Comparison),
        kind=choice(table, "kind", TargetKind),
        only_via=choice(table, "only_via", Via) if table.has("only_via") else None,
        origin=origin(table),
    )


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys))
