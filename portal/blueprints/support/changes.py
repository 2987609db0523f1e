"""Changes of the plan: choose, see what it will cost and from when, confirm (atlas 2.2, 2.3)."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.support import pricing, tiers
from portal.blueprints.support.beside import CHANGED, paying_context
from portal.blueprints.support.choosing import Choosing, PlanCard, choosing_of, pricing_cards, support_cards
from portal.blueprints.support.routes import bp
from portal.domain.errors import Refusal
from portal.domain.permissions import Action
from portal.domain.support_wishes import Wish, WishKind
from portal.services import (
    plan_comparison,
    pricing_choices,
    support_changes,
    support_standing,
    support_tiers,
)
from portal.services.plan_comparison import PlanComparison
from portal.services.support_changes import Preview
from portal.services.support_standing import Outlook
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, may, requires
from portal.web.idempotency import once
from portal.web.identity import current_user

PLANS, REVIEW = "support/plans.html", "support/review.html"


@bp.get("/support/plans")
@requires(Action.VIEW_ORGANIZATION)
def plans() -> ResponseReturnValue:
    """Every plan with its price and what it includes, and for who may the ways to change to it."""
    session, organization, catalogue = db.session(), current_organization(), current_catalogue()
    is_in_family = catalogue.links_organizations and support_changes.is_in_family(session, organization)
    may_change = may(Action.CHANGE_SUPPORT_PLAN) and not is_in_family
    compared, choosing = plan_comparison.compare(catalogue), choosing_of(catalogue)
    is_asked = choosing is Choosing.TIER
    return htmx.page(
        PLANS,
        cards=_cards(compared, choosing, may_change=may_change),
        compared=compared,
        catalogue=catalogue,
        may_change=may_change,
        is_in_family=is_in_family,
        tier_choice=support_tiers.choice_of(session, organization, at=clock.now()) if is_asked else None,
        choosing=choosing.name,
    )


@bp.get("/support/plans/<plan>")
@requires(Action.CHANGE_SUPPORT_PLAN)
def plan(plan: str) -> ResponseReturnValue:
    """What changing to the plan will cost, and from when."""
    _check(plan)
    match choosing_of(current_catalogue()):
        case Choosing.TIER:
            return tiers.review(plan)
        case Choosing.PRICING_PLAN:
            return pricing.review(plan)
        case Choosing.PLAN:
            return _review(Wish(WishKind.CHANGE, plan))


@bp.post("/support/plans/<plan>")
@requires(Action.CHANGE_SUPPORT_PLAN)
@once
def change(plan: str) -> ResponseReturnValue:
    """Change to the plan, as it was shown."""
    _check(plan)
    match choosing_of(current_catalogue()):
        case Choosing.TIER:
            return tiers.ask(plan)
        case Choosing.PRICING_PLAN:
            return pricing.change(plan)
        case Choosing.PLAN:
            return _make(Wish(WishKind.CHANGE, plan))


@bp.get("/support/plans/<plan>/trial")
@requires(Action.CHANGE_SUPPORT_PLAN)
def try_plan(plan: str) -> ResponseReturnValue:
    """What a free trial of the plan is, and what follows it; where plans are had otherwise there is none."""
    _check(plan)
    if choosing_of(current_catalogue()) is not Choosing.PLAN:
        return redirect(url_for(".plan", plan=plan), 303)
    return _review(Wish(WishKind.START_TRIAL, plan))


@bp.post("/support/plans/<plan>/trial")
@requires(Action.CHANGE_SUPPORT_PLAN)
@once
def start_trial(plan: str) -> ResponseReturnValue:
    """Start the free trial."""
    _check(plan)
    if choosing_of(current_catalogue()) is not Choosing.PLAN:
        return redirect(url_for(".plan", plan=plan), 303)
    return _make(Wish(WishKind.START_TRIAL, plan))


@bp.get("/support/keeping")
@requires(Action.CHANGE_SUPPORT_PLAN)
def keeping() -> ResponseReturnValue:
    """What it means to take a change back that has not begun."""
    return _review(Wish(WishKind.UNDO))


@bp.post("/support/keeping")
@requires(Action.CHANGE_SUPPORT_PLAN)
@once
def keep() -> ResponseReturnValue:
    """Take it back: the plan goes on."""
    return _make(Wish(WishKind.UNDO))


def seen_of(shown: Preview) -> str:
    """What decides about money and days, so that nobody confirms another thing than they saw."""
    terms = shown.terms
    if terms is None:
        return ""
    key = terms.to_plan.key if terms.to_plan else ""
    return f"{key} {terms.entitled_on} {terms.billed_on} {terms.trial_last_on} {terms.retroactive_total}"


def _cards(compared: PlanComparison, choosing: Choosing, *, may_change: bool) -> list[PlanCard]:
    session, organization, catalogue = db.session(), current_organization(), current_catalogue()
    if choosing is Choosing.PRICING_PLAN:
        held = pricing_choices.plan_in_force(session, organization, on=clock.today()).plan
        return pricing_cards(catalogue, compared, held, may_change=may_change)
    return support_cards(catalogue, compared, _outlook(choosing), may_change=may_change)


def _outlook(choosing: Choosing) -> Outlook:
    """Where tiers are asked for there are no trials, and of what is known to follow the cards show nothing."""
    session, organization, today = db.session(), current_organization(), clock.today()
    if choosing is Choosing.TIER:
        return Outlook(support_standing.plan_of(session, organization, on=today))
    return support_standing.outlook_of(session, organization, on=today)


def _review(wish: Wish) -> ResponseReturnValue:
    shown = support_changes.preview(db.session(), current_organization(), wish, on=clock.today())
    return htmx.page(REVIEW, wish=wish, preview=shown, seen=seen_of(shown), **paying_context())


def _make(wish: Wish) -> ResponseReturnValue:
    session, organization, at = db.session(), current_organization(), clock.now()
    shown = support_changes.preview(session, organization, wish, on=at.date())
    refusal = None if request.form.get("seen") == seen_of(shown) else CHANGED
    try:
        if refusal is None:
            support_changes.make(session, organization, wish, at=at, by=current_user())
    except Refusal as refused:
        refusal = str(refused)
    if refusal:
        context = paying_context()
        return htmx.refused(REVIEW, wish=wish, preview=shown, seen=seen_of(shown), refusal=refusal, **context)
    flash(_done(wish, shown))
    return redirect(url_for(".index"), 303)


def _done(wish: Wish, shown: Preview) -> str:
    terms = shown.terms
    if terms is None or terms.to_plan is None:
        return "The plan is changed."
    if wish.kind is WishKind.UNDO:
        return f"{terms.to_plan.name} goes on."
    if terms.kept_until and terms.from_plan:
        return f"{terms.from_plan.name} goes on until the end of the month. Then {terms.to_plan.name} follows."
    return f"{terms.to_plan.name} has begun."


def _check(plan: str) -> None:
    """404 for what is no plan of this vendor."""
    catalogue = current_catalogue()
    is_pricing = choosing_of(catalogue) is Choosing.PRICING_PLAN
    if plan not in (catalogue.pricing_plans if is_pricing else catalogue.support_plans):
        abort(404)
