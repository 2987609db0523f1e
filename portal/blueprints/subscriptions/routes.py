"""The page of subscriptions."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.subscriptions import views
from portal.domain.permissions import Action
from portal.services import billing_overview, billing_standing, invoices
from portal.web import db, htmx
from portal.web.access import ORGANIZATION_PREFIX, current_catalogue, current_organization, requires

bp = Blueprint("subscriptions", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/billing/subscriptions")


@bp.get("")
@requires(Action.VIEW_BILLING)
def index() -> ResponseReturnValue:
    """The contracts of today, of later and of old, where each stands, and the types that can be had."""
    session, organization, today = db.session(), current_organization(), clock.today()
    pending = billing_overview.pending_invoice(session, organization, on=today)
    last = invoices.last_invoice(session, organization)
    standing = billing_standing.standing(session, organization, on=today)
    open_from = billing_overview.being_closed(organization, last, on=today) or pending.month
    return htmx.page(
        "subscriptions/index.html",
        None,
        today=today,
        standing=standing,
        types=current_catalogue().subscription_types,
        vendor=current_catalogue().title,
        **views.contracts_context(standing, pending, open_from=open_from),
    )
