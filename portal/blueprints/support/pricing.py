"""A change of the pricing plan, which changes support with it (neon 5.5)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.support.beside import CHANGED, paying_context
from portal.domain.errors import Refusal
from portal.services import plan_comparison, pricing_choices
from portal.services.pricing_choices import PricingPreview
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization
from portal.web.identity import current_user

PAGE = "support/pricing.html"


def review(plan: str) -> ResponseReturnValue:
    """What the plan costs, and which support comes with it. Nothing is changed."""
    shown = _preview(plan)
    return htmx.page(PAGE, preview=shown, seen=seen_of(shown), **_context(plan))


def change(plan: str) -> ResponseReturnValue:
    """Change to the plan, as it was shown."""
    session, organization, at = db.session(), current_organization(), clock.now()
    shown = _preview(plan)
    refusal = None if request.form.get("seen") == seen_of(shown) else CHANGED
    try:
        if refusal is None:
            pricing_choices.change(session, organization, plan, at=at, by=current_user())
    except Refusal as refused:
        refusal = str(refused)
    if refusal:
        return htmx.refused(PAGE, preview=shown, seen=seen_of(shown), refusal=refusal, **_context(plan))
    name = current_catalogue().pricing_plans[plan].name
    flash(f"You have {name} now, and the support that comes with it.")
    return redirect(url_for(".index"), 303)


def seen_of(shown: PricingPreview) -> str:
    """What decides about money, so that nobody confirms another thing than they saw."""
    if shown.to_plan is None:
        return ""
    return f"{shown.from_plan.key if shown.from_plan else ''} {shown.to_plan.key} {shown.to_plan.price}"


def _context(plan: str) -> dict[str, Any]:
    table = plan_comparison.compare(current_catalogue()).allowances
    place = next(place for place, column in enumerate(table.columns) if column.key == plan)
    included = [(row.name, row.entries[place]) for row in table.rows]
    return {"plan": plan, "included": included, **paying_context()}


def _preview(plan: str) -> PricingPreview:
    return pricing_choices.preview(db.session(), current_organization(), plan, on=clock.today())
