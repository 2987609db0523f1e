"""Staff: the requests to finance, each carried out or declined."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.domain.permissions import StaffRole
from portal.models.finance_requests import FinanceRequest, RequestState
from portal.services import billing_profiles, finance_requests
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import Form, text_field
from portal.web.idempotency import once
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, Paged, page_number

bp = Blueprint("finance_requests", __name__, url_prefix="/staff/requests")

PAGE = "finance_requests/request.html"
# Text, tone and icon: the arguments of the macro `badge`.
STATES = {
    RequestState.OPEN: ("Open", "info", "clock"),
    RequestState.DONE: ("Done", "ok", "circle-check"),
    RequestState.DECLINED: ("Declined", "warn", "circle-x"),
}


class DeclineForm(Form):
    """Why a request is declined."""

    reason = text_field("Reason", required="Enter why. Whoever asked gets it by mail.", longest=500)


@bp.get("")
@staff_only(StaffRole.BILLING, StaffRole.SALES)
def index() -> ResponseReturnValue:
    """The requests that wait, the oldest first, and those that were answered last."""
    found = finance_requests.open_page(db.session(), number=page_number(), size=PAGE_SIZE)
    paged = Paged(found.items, found.number, found.total)
    answered = finance_requests.lately_answered(db.session())
    return htmx.page("finance_requests/index.html", paged=paged, answered=answered, STATES=STATES)


@bp.get("/<request_id>")
@staff_only(StaffRole.BILLING, StaffRole.SALES)
def request_page(request_id: str) -> ResponseReturnValue:
    """One request: what is asked for, beside how it is now, and the two answers."""
    return htmx.page(PAGE, form=DeclineForm(), **_context(_found(request_id)))


@bp.post("/<request_id>/completion")
@staff_only(StaffRole.BILLING)
@once
def carry_out(request_id: str) -> ResponseReturnValue:
    """Do what is asked for."""
    finance_requests.carry_out(db.session(), _found(request_id), at=clock.now(), by=current_user())
    flash("Done. The contact before and the new one get mail.")
    return redirect(url_for(".request_page", request_id=request_id), 303)


@bp.post("/<request_id>/declining")
@staff_only(StaffRole.BILLING)
@once
def decline(request_id: str) -> ResponseReturnValue:
    """Decline with a reason."""
    found, form = _found(request_id), DeclineForm()
    if not form.validate():
        return htmx.refused(PAGE, form=form, **_context(found))
    reason = form.reason.data or ""
    finance_requests.decline(db.session(), found, reason=reason, at=clock.now(), by=current_user())
    flash(f"Declined. {found.asked_by.name} gets mail.")
    return redirect(url_for(".request_page", request_id=request_id), 303)


def _found(hex_id: str) -> FinanceRequest:
    found = finance_requests.find(db.session(), hex_id)
    if found is None:
        abort(404)
    return found


def _context(found: FinanceRequest) -> dict[str, Any]:
    profile = billing_profiles.own_profile(db.session(), found.organization)
    return {
        "asked": found,
        "present": profile.billing_contact if profile else None,
        "state": STATES[found.state],
        "is_open": found.state is RequestState.OPEN,
    }
