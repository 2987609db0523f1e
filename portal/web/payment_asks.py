"""Asks for a payment method with every change of billing, once contracts have ended and none is on file (4.9)."""

from __future__ import annotations

from flask import Flask, Response, current_app, flash, g, render_template, request

from portal import clock
from portal.domain.permissions import Action
from portal.services import billing_standing
from portal.web import db, htmx
from portal.web.access import guard_of

ASKED = (
    "The subscription has ended and there is no payment method. Please add one: usage goes on and stays unpaid, and"
    " only ending the resources ends the charges."
)
_CHANGES = frozenset(
    {
        Action.CHANGE_BILLING_SETTINGS,
        Action.APPLY_ACTIVATION_CODE,
        Action.PAY_INVOICE,
        Action.LINK_ORGANIZATIONS,
        Action.CHANGE_SUPPORT_PLAN,
        Action.BUY_CONSULTING,
    }
)


def init_app(app: Flask) -> None:
    """Add to the answers of `app`; it has to come before what ends the request's transaction."""
    app.after_request(_ask)


def _ask(response: Response) -> Response:
    """A notice beside what was done, and not a refusal: who applies a code is on the way to pay."""
    if not _is_change() or response.status_code >= 400:
        return response
    standing = billing_standing.standing(db.session(), g.organization, on=clock.today())
    if not standing.asks_for_method:
        return response
    if htmx.is_partial() and response.mimetype == "text/html" and response.data:
        response.set_data(response.get_data(as_text=True) + render_template("components/_asked.html", asked=ASKED))
    elif response.location or htmx.is_partial():
        flash(ASKED, "warn")
    return response


def _is_change() -> bool:
    guard = guard_of(current_app, request.endpoint) if request.endpoint and "organization" in g else None
    return guard is not None and guard.action in _CHANGES and request.method not in {"GET", "HEAD", "OPTIONS"}
