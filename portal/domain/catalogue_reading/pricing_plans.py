"""Reads pricing plans, what they include and what more costs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from portal.domain.catalogue_reading.values import by_key, choice, dollars, origin, price, ranked, reference
from portal.domain.pricing_plans import Allowance, Counted, Metric, OnExceed, PerUnit, PricingPlan, Steps
from portal.domain.reading import Reader
from portal.domain.support_plans import Obtained, SupportPlan


def parse_metrics(top: Reader) -> Mapping[str, Metric]:
    """What is metered."""
    return by_key(top, "metrics", _metric)


def parse_pricing_plans(
    top: Reader, support_plans: Mapping[str, SupportPlan], metrics: Mapping[str, Metric]
) -> Mapping[str, PricingPlan]:
    """The pricing plans, no two of the same rank."""

    def parse(plan: Reader, key: str) -> PricingPlan:
        cost, price_origin = price(plan)
        return PricingPlan(
            key=key,
            name=plan.text("name"),
            description=plan.text("description"),
            rank=plan.integer("rank", highest=100),
            obtained=choice(plan, "obtained", Obtained),
            price=cost,
            price_origin=price_origin,
            support_plan=reference(plan, "support_plan", support_plans, section="support_plans"),
            allowances=_allowances(plan, metrics),
            uptime_percent=plan.decimal("uptime_percent", places=3) if plan.has("uptime_percent") else None,
            origin=origin(plan),
        )

    plans = by_key(top, "pricing_plans", parse)
    ranked(top, "pricing_plans", plans)
    return plans


def _metric(metric: Reader, key: str) -> Metric:
    return Metric(
        key=key,
        name=metric.text("name"),
        unit=metric.text("unit"),
        units=metric.text("units"),
        counted=choice(metric, "counted", Counted),
        origin=origin(metric),
    )


def _allowances(plan: Reader, metrics: Mapping[str, Metric]) -> Mapping[str, Allowance]:
    given = plan.optional_table("allowances")
    if given is None:
        return {}
    with given as tables:
        # Those that no metric knows are left untaken, and refused at their place.
        return {key: _allowance(tables, key) for key in metrics if tables.has(key)}


def _allowance(tables: Reader, key: str) -> Allowance:
    with tables.table(key) as table:
        on_exceed = choice(table, "on_exceed", OnExceed)
        return Allowance(
            metric=key,
            included=table.decimal("included"),
            on_exceed=on_exceed,
            overage=_overage(table) if on_exceed is OnExceed.BILL else None,
            origin=origin(table),
        )


def _overage(table: Reader) -> PerUnit | Steps:
    if not table.has("step"):
        return PerUnit(table.decimal("unit_price"))
    return Steps(
        size=table.decimal("step", above=Decimal(0)),
        price=dollars(table, "step_price"),
        is_prorated=table.flag("prorated"),
    )
