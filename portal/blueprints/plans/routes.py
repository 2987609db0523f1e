"""The page of plans of each vendor: a public one, whose address names the vendor."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.domain.origins import Origin
from portal.services import plan_comparison
from portal.services.plan_comparison import PlanComparison
from portal.web import htmx
from portal.web.access import public

bp = Blueprint("plans", __name__)


@bp.get("/plans")
@public
def index() -> ResponseReturnValue:
    """To the first vendor; its page leads to the others."""
    return redirect(url_for(".of_vendor", catalogue=catalogues.names()[0]), 303)


@bp.get("/plans/<catalogue>")
@public
def of_vendor(catalogue: str) -> ResponseReturnValue:
    """Everything that one vendor sells, side by side."""
    if catalogue not in catalogues.names():
        abort(404)
    chosen = catalogues.load(catalogue)
    vendor = plan_comparison.compare(chosen)
    return htmx.page(
        "plans/comparison.html",
        vendor=vendor,
        has_policy=bool(catalogues.load_policies(catalogue)),
        has_demo_values=has_demo_values(vendor),
        plans=chosen.support_plans,
        pricing_plans=chosen.pricing_plans,
        vendors=[_segment(name, chosen=catalogue) for name in catalogues.names()],
    )


def has_demo_values(vendor: PlanComparison) -> bool:
    """Whether any value of the page is made up, so that the page must say so."""
    tables = (vendor.channels, vendor.responses, vendor.allowances)
    prices = (column.price for table in tables for column in table.columns)
    entries = (entry for table in tables for row in table.rows for entry in row.entries)
    origins = {
        *(kind.origin for kind in vendor.subscription_types),
        *(package.origin for package in vendor.consulting_packages),
        *(contact.origin for contact in vendor.contacts.values()),
    }
    return Origin.DEMO in origins or any(entry.is_demo for entry in (*prices, *entries))


def _segment(name: str, *, chosen: str) -> dict[str, object]:
    """The way to a vendor's page, from the page of `chosen`."""
    return {
        "title": catalogues.load(name).title,
        "url": url_for(".of_vendor", catalogue=name),
        "is_current": name == chosen,
    }
