"""The steps of a scenario that are about plans: support plans and tiers, pricing plans, and who bears their cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.domain.reading import Reader
from portal.domain.scenario_values import read_day, read_name
from portal.domain.support_wishes import WishKind

_LONGEST_GROUP = 100
_ACTIONS = (WishKind.START_TRIAL, WishKind.CHANGE, WishKind.CANCEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSupportPlan:
    """The customer tries, takes or cancels a support plan."""

    place: str
    on: date
    action: WishKind
    plan: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForTier:
    """The customer asks for a tier from a month on; `billing_group` None is the one without a name."""

    place: str
    on: date
    tier: str
    start_month: Month
    billing_group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignBillingGroup:
    """A project goes to a billing group, which is made where it is new."""

    place: str
    on: date
    project: str
    billing_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePricingPlan:
    """The customer changes the pricing plan."""

    place: str
    on: date
    plan: str
    variant: str | None


PlanStep = AssignBillingGroup | ChangePricingPlan | ChangeSupportPlan | AskForTier


def parse_plan_step(entry: Reader, kind: str, *, projects: Collection[str]) -> PlanStep:
    """The step of this kind in `entry`."""
    return PLAN_STEPS[kind](entry, projects)


def _support_plan(entry: Reader, _: Collection[str]) -> ChangeSupportPlan:
    action = WishKind(entry.text("action", one_of=[kind.value for kind in _ACTIONS]))
    plan = entry.optional_text("plan") if action is WishKind.CANCEL else entry.text("plan")
    return ChangeSupportPlan(place=entry.path, on=read_day(entry, "on"), action=action, plan=plan)


def _support_tier(entry: Reader, _: Collection[str]) -> AskForTier:
    return AskForTier(
        place=entry.path,
        on=read_day(entry, "on"),
        tier=entry.text("tier"),
        start_month=_month(entry, "start_month"),
        billing_group=_group(entry) if entry.has("billing_group") else entry.optional_text("billing_group"),
    )


def _assign_billing_group(entry: Reader, projects: Collection[str]) -> AssignBillingGroup:
    return AssignBillingGroup(
        place=entry.path,
        on=read_day(entry, "on"),
        project=entry.text("project", one_of=projects),
        billing_group=_group(entry),
    )


def _pricing_plan(entry: Reader, _: Collection[str]) -> ChangePricingPlan:
    return ChangePricingPlan(
        place=entry.path,
        on=read_day(entry, "on"),
        plan=entry.text("plan"),
        variant=entry.optional_text("variant"),
    )


def _group(entry: Reader) -> str:
    return read_name(entry, "billing_group", longest=_LONGEST_GROUP)


def _month(entry: Reader, key: str) -> Month:
    try:
        return Month.parse(entry.text(key))
    except Refusal as refusal:
        raise entry.refuse(key, str(refusal)) from None


PLAN_STEPS: Mapping[str, Callable[[Reader, Collection[str]], PlanStep]] = {
    "support_plan": _support_plan,
    "support_tier": _support_tier,
    "assign_billing_group": _assign_billing_group,
    "pricing_plan": _pricing_plan,
}
