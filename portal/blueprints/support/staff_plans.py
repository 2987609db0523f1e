"""Staff: an organization's plan is changed on request, and requests for tiers are decided (AV-21, NE-42)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.support.beside import CHANGED
from portal.blueprints.support.changes import seen_of
from portal.blueprints.support.choosing import Choosing, choosing_of
from portal.blueprints.support.pricing import seen_of as pricing_seen_of
from portal.blueprints.support.staff import done, found, staff_bp
from portal.blueprints.support.staff_forms import ChangeForm, DecisionForm
from portal.blueprints.support.views import TIER_STATES
from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole
from portal.domain.support_wishes import Wish, WishKind
from portal.domain.tier_requests import TierState
from portal.models.organizations import Organization
from portal.services import plan_comparison, pricing_choices, support_changes, tier_decisions, tier_news, tier_turns
from portal.services.pricing_choices import PricingPreview
from portal.services.support_changes import Preview
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import once
from portal.web.identity import current_user

requests_bp = Blueprint("tier_requests", __name__, url_prefix="/staff/tier-requests")

PAGE, REQUESTS = "support/staff_plan.html", "support/staff_requests.html"


@dataclass(frozen=True, slots=True)
class Change:
    """A change that staff look at: what it would come to, what was seen of it, and how it is made."""

    preview: Preview | PricingPreview
    seen: str
    make: Callable[[str], object]


@staff_bp.get("/plan")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def review_plan(organization_id: str) -> ResponseReturnValue:
    """What changing to the `plan` in the address would come to. Nothing is changed."""
    customer = found(organization_id)
    if "plan" not in request.args:
        return redirect(url_for(".index", organization_id=organization_id), 303)
    change = _change(customer)
    return htmx.page(PAGE, form=ChangeForm(seen=change.seen), **_context(customer, change))


@staff_bp.post("/plan")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
@once
def change_plan(organization_id: str) -> ResponseReturnValue:
    """Change to it, as it was shown, for a reason."""
    customer, form = found(organization_id), ChangeForm()
    if "plan" not in request.args:
        return redirect(url_for(".index", organization_id=organization_id), 303)
    change = _change(customer)
    context = _context(customer, change)
    if not form.validate():
        return htmx.refused(PAGE, form=form, **context)
    refusal = None if form.seen.data == change.seen else CHANGED
    try:
        if refusal is None:
            change.make(form.reason.data or "")
    except Refusal as refused:
        refusal = str(refused)
    if refusal:
        form.seen.data = change.seen
        return htmx.refused(PAGE, form=form, refusal=refusal, **context)
    flash("The plan is changed.")
    return redirect(url_for(".index", organization_id=organization_id), 303)


@staff_bp.post("/tier-requests/<tier_request_id>/decision")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
@once
def decide(organization_id: str, tier_request_id: str) -> ResponseReturnValue:
    """Take a request for a tier into setup, set its day, say that it is set up, or turn it down."""
    customer = found(organization_id)
    asked = tier_turns.find(db.session(), customer, tier_request_id, on=clock.today())
    if asked is None:
        abort(404)
    form = DecisionForm(asked.state)

    def act() -> None:
        _decide(customer, tier_request_id, form)

    return done(customer, form, act, "The request is decided.", decision_form=form)


@requests_bp.get("")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def waiting() -> ResponseReturnValue:
    """The requests for tiers that wait for somebody, of all organizations."""
    return htmx.page(REQUESTS, rows=tier_turns.waiting(db.session(), on=clock.today()), tier_states=TIER_STATES)


def _decide(customer: Organization, tier_request_id: str, form: DecisionForm) -> None:
    """Decide as the form says, and tell those concerned."""
    session, at, state = db.session(), clock.now(), TierState(form.state.data)
    decided = tier_decisions.decide(
        session,
        customer,
        tier_request_id,
        state,
        by=current_user(),
        at=at,
        reason=form.reason.data or None,
        active_on=form.active_on.data if state is TierState.SCHEDULED else None,
    )
    tier_news.tell(session, customer, decided, at=at, base_url=current_app.extensions["origin"])


def _change(customer: Organization) -> Change:
    """The change that the address asks for; 404 where there is no such plan."""
    session, catalogue, at = db.session(), catalogues.load(customer.catalogue), clock.now()
    plan, variant = request.args.get("plan", ""), request.args.get("variant") or None
    if choosing_of(catalogue) is Choosing.PRICING_PLAN:
        if plan not in catalogue.pricing_plans:
            abort(404)
        shown = pricing_choices.preview(session, customer, plan, on=at.date(), variant=variant, by_staff=True)

        def change_pricing(reason: str) -> object:
            return pricing_choices.change(
                session, customer, plan, at=at, by=current_user(), variant=variant, reason=reason, by_staff=True
            )

        return Change(shown, f"{pricing_seen_of(shown)} {variant}", change_pricing)
    if plan not in catalogue.support_plans:
        abort(404)
    wish = Wish(WishKind.CHANGE, plan)
    preview = support_changes.preview(session, customer, wish, on=at.date(), by_staff=True)

    def change_support(reason: str) -> object:
        return support_changes.make(session, customer, wish, at=at, by=current_user(), reason=reason, by_staff=True)

    return Change(preview, seen_of(preview), change_support)


def _context(customer: Organization, change: Change) -> dict[str, Any]:
    catalogue = catalogues.load(customer.catalogue)
    is_pricing = choosing_of(catalogue) is Choosing.PRICING_PLAN
    plans: Any = catalogue.pricing_plans if is_pricing else catalogue.support_plans
    return {
        "customer": customer,
        "catalogue": catalogue,
        "plan": plans[request.args["plan"]],
        "is_pricing": is_pricing,
        "preview": change.preview,
        "price_of": plan_comparison.price_in_words,
    }
