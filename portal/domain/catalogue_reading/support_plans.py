"""Reads support plans, channels and severities."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from portal.domain.catalogue_reading.values import (
    by_key,
    choice,
    names,
    optional_integer,
    optional_url,
    origin,
    price,
    ranked,
    some_of,
)
from portal.domain.origins import Origin
from portal.domain.reading import Reader
from portal.domain.support_plans import (
    Availability,
    Cell,
    Channel,
    ChannelKind,
    Obtained,
    Severity,
    SupportPlan,
    WithoutPlan,
)


def parse_support_plans(top: Reader) -> Mapping[str, SupportPlan]:
    """The support plans, no two of the same rank."""
    plans = by_key(top, "support_plans", _support_plan)
    ranked(top, "support_plans", plans)
    return plans


def parse_without_plan(top: Reader) -> WithoutPlan | None:
    """What an organization without support plan is called, where there are any."""
    given = top.optional_table("without_plan")
    if given is None:
        return None
    with given as table:
        return WithoutPlan(table.text("name"), table.text("description"), origin(table))


def parse_severities(top: Reader) -> Mapping[str, Severity]:
    """The severities, no two of the same rank."""
    severities = by_key(top, "severities", _severity)
    ranked(top, "severities", severities)
    return severities


def parse_channels(
    top: Reader,
    plans: Mapping[str, SupportPlan],
    severities: Mapping[str, Severity],
    *,
    without_plan: WithoutPlan | None,
    calendars: Collection[str],
) -> Mapping[str, Channel]:
    """The channels, each with a cell for every support plan and one for having none, where that can be (NE-2)."""

    def parse(table: Reader, key: str) -> Channel:
        given = origin(table)
        with table.table("plans") as cells:
            by_plan = {plan: _cell(cells, plan, severities, given) for plan in plans}
        return Channel(
            key=key,
            name=table.text("name"),
            description=table.optional_text("description"),
            kind=choice(table, "kind", ChannelKind),
            is_official=table.flag("official", default=True),
            url=optional_url(table),
            without_plan=_cell(table, "without_plan", severities, given) if without_plan else None,
            plans=by_plan,
            hours=table.optional_text("hours", one_of=tuple(calendars)),
        )

    return by_key(top, "channels", parse)


def _cell(cells: Reader, key: str, severities: Mapping[str, Severity], given: Origin) -> Cell:
    """A cell: its availability alone, or a table with more; without an origin of its own it has its channel's."""
    if not cells.has_table(key):
        return Cell(choice(cells, key, Availability), (), None, given)
    with cells.table(key) as cell:
        return Cell(
            availability=choice(cell, "is", Availability),
            severities=some_of(cell, "severities", severities, otherwise=()),
            note=cell.optional_text("note"),
            origin=choice(cell, "origin", Origin, default=given),
        )


def _support_plan(plan: Reader, key: str) -> SupportPlan:
    cost, price_origin = price(plan)
    return SupportPlan(
        key=key,
        name=plan.text("name"),
        description=plan.text("description"),
        rank=plan.integer("rank", highest=100),
        obtained=choice(plan, "obtained", Obtained),
        opens_cases=plan.flag("opens_cases"),
        price=cost,
        price_origin=price_origin,
        trial_days=optional_integer(plan, "trial_days", highest=365),
        min_term_months=optional_integer(plan, "min_term_months", highest=120),
        support_hours=plan.optional_text("support_hours"),
        notifies_account_team=plan.flag("notifies_account_team", default=False),
        variants=names(plan, "variants"),
        origin=origin(plan),
    )


def _severity(severity: Reader, key: str) -> Severity:
    return Severity(
        key=key,
        name=severity.text("name"),
        description=severity.text("description"),
        examples=severity.texts("examples", default=()),
        rank=severity.integer("rank", lowest=1, highest=9),
        requires_impact=severity.flag("requires_impact", default=False),
        customer_selectable=severity.flag("customer_selectable", default=True),
        origin=origin(severity),
    )
