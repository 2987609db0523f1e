"""The plans that an organization can choose, side by side, with what it can do about each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from portal.domain.catalogue import Catalogue, ContactKind, PlanBinding
from portal.domain.plan_changes import Change, Changed, Mode, asks_for_a_month, rule_for
from portal.domain.pricing_plans import PricingPlan
from portal.domain.support_plans import Obtained, SupportPlan
from portal.services.plan_comparison import Column, PlanComparison
from portal.services.support_standing import Outlook
from portal.web.access import may_open
from portal.web.links import url_for


class Choosing(Enum):
    """How a vendor's customers come by another support plan."""

    PLAN = auto()  # they choose it, and it begins
    TIER = auto()  # they ask for it from a month on, and staff set it up
    PRICING_PLAN = auto()  # it comes with the pricing plan


@dataclass(frozen=True, slots=True)
class CardWay:
    """A way to have the plan."""

    title: str
    url: str
    is_upgrade: bool = False


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan as it is offered: what it is called and costs, what can be done about it, and what is said instead.

    `from_on` is the day from which it follows the current one, where that is scheduled.
    """

    column: Column
    is_current: bool
    ways: tuple[CardWay, ...] = ()
    hint: str | None = None
    from_on: date | None = None


def choosing_of(catalogue: Catalogue) -> Choosing:
    """How plans are chosen; the catalogue's rules of change say it."""
    if catalogue.plan_binding is PlanBinding.BUNDLED:
        return Choosing.PRICING_PLAN
    return Choosing.TIER if asks_for_a_month(catalogue.change_rules) else Choosing.PLAN


def support_cards(
    catalogue: Catalogue, compared: PlanComparison, outlook: Outlook, *, may_change: bool
) -> list[PlanCard]:
    """A card for each support plan."""
    current = outlook.standing.plan
    columns = {column.key: column for column in compared.channels.columns}
    return [
        _support_card(catalogue, columns[plan.key], plan, current, outlook, may_change=may_change)
        for plan in catalogue.support_plans.values()
    ]


def pricing_cards(
    catalogue: Catalogue, compared: PlanComparison, current: PricingPlan | None, *, may_change: bool
) -> list[PlanCard]:
    """A card for each pricing plan; the support plan that comes with it stands in the table below."""
    cards = []
    for column in compared.allowances.columns:
        plan = catalogue.pricing_plans[column.key]
        if current is not None and plan.key == current.key:
            cards.append(PlanCard(column, is_current=True))
            continue
        change = Change.UPGRADE if current is None or plan.rank > current.rank else Change.DOWNGRADE
        mode, hint = _mode(catalogue, Changed.PRICING_PLAN, change, current.key if current else "", plan.key)
        if may_change and mode is Mode.SELF_SERVICE:
            way = CardWay(catalogue.words.choose_plan, _url(plan.key), is_upgrade=change is Change.UPGRADE)
            cards.append(PlanCard(column, is_current=False, ways=(way,)))
        else:
            ways = _contact(catalogue, mode, may_change=may_change)
            cards.append(PlanCard(column, is_current=False, ways=ways, hint=hint))
    return cards


def _support_card(
    catalogue: Catalogue,
    column: Column,
    plan: SupportPlan,
    current: SupportPlan | None,
    outlook: Outlook,
    *,
    may_change: bool,
) -> PlanCard:
    scheduled = outlook.scheduled
    if current is not None and plan.key == current.key:
        can_keep = may_change and scheduled is not None and outlook.can_undo
        keeping = CardWay(f"Keep {plan.name}", url_for("support.keeping"), is_upgrade=False)
        return PlanCard(column, is_current=True, ways=(keeping,) if can_keep else ())
    if scheduled is not None and scheduled.plan is not None and plan.key == scheduled.plan.key:
        return PlanCard(column, is_current=False, from_on=scheduled.from_on)
    if plan.obtained is Obtained.WITH_PAID_SERVICE and current is None:
        return PlanCard(column, is_current=False, hint="Yours with the first paid service.")
    change = _direction(plan, current)
    mode, hint = _mode(catalogue, Changed.SUPPORT_PLAN, change, current.key if current else "", plan.key)
    if mode is not Mode.SELF_SERVICE or not may_change:
        return PlanCard(column, is_current=False, ways=_contact(catalogue, mode, may_change=may_change), hint=hint)
    ways = []
    if plan.key in outlook.can_try and plan.trial_days:
        ways.append(CardWay(f"Start {plan.trial_days} Day Free Trial", _url(plan.key, trial=True), is_upgrade=True))
    title = catalogue.words.choose_plan if change is Change.UPGRADE else f"Change to {plan.name}"
    ways.append(CardWay(title, _url(plan.key), is_upgrade=change is Change.UPGRADE))
    return PlanCard(column, is_current=False, ways=tuple(ways))


def _direction(plan: SupportPlan, current: SupportPlan | None) -> Change:
    """A plan that costs nothing is not gone down to: the one that is had is cancelled."""
    if current is None or plan.rank > current.rank:
        return Change.UPGRADE
    return Change.DOWNGRADE if plan.is_paid else Change.CANCEL


def _mode(
    catalogue: Catalogue, changed: Changed, change: Change, from_plan: str, to_plan: str
) -> tuple[Mode, str | None]:
    rule = rule_for(catalogue.change_rules, changed, change, from_plan=from_plan, to_plan=to_plan)
    return (rule.mode, rule.hint) if rule else (Mode.FORBIDDEN, None)


def _contact(catalogue: Catalogue, mode: Mode, *, may_change: bool) -> tuple[CardWay, ...]:
    """To sales, where they make the change (M8)."""
    sales = catalogue.contacts.get(ContactKind.SALES)
    if mode is not Mode.CONTACT_SALES or not may_change or sales is None:
        return ()
    return (CardWay("Talk to sales", url_for("leads.talk") if may_open("leads.talk") else sales.link),)


def _url(plan: str, *, trial: bool = False) -> str:
    return url_for("support.try_plan" if trial else "support.plan", plan=plan)
