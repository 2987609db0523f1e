"""Staff: the customers who want to talk to sales, and what became of it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.leads.forms import STATES, LeadFilter, TurnForm
from portal.domain.permissions import StaffRole
from portal.models.leads import Lead, LeadState
from portal.services import leads
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import once
from portal.web.identity import current_user
from portal.web.links import url_for
from portal.web.paging import PAGE_SIZE, place_before

staff_bp = Blueprint("staff_leads", __name__, url_prefix="/staff/leads")

PAGES, LEAD = ("leads/leads.html", "leads/_leads.html"), "leads/lead.html"


@staff_bp.get("")
@staff_only(StaffRole.SALES)
def index() -> ResponseReturnValue:
    """Every question, the newest first."""
    form = LeadFilter()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True)
    start = place_before()
    # One more than fits says whether there is another page.
    found = leads.newest(db.session(), state=form.chosen, before=start, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    older = rows[-1].id if len(found) > PAGE_SIZE else None
    said = f"{len(rows)} questions shown"
    return htmx.page(
        *PAGES, said=said, form=form, rows=rows, older=older, start=start, STATES=STATES, type_name=_type_name
    )


@staff_bp.get("/<lead_id>")
@staff_only(StaffRole.SALES)
def lead(lead_id: str) -> ResponseReturnValue:
    """One question with its preview, and what was noted on it."""
    found = _found(lead_id)
    form = TurnForm(formdata=None, state=LeadState.ANSWERED if found.state is LeadState.OPEN else found.state)
    return htmx.page(LEAD, None, form=form, **_context(found))


@staff_bp.post("/<lead_id>/turns")
@staff_only(StaffRole.SALES)
@once
def turn(lead_id: str) -> ResponseReturnValue:
    """Note what became of it."""
    found, form = _found(lead_id), TurnForm()
    if not form.validate():
        return htmx.refused(LEAD, None, form=form, refused=True, **_context(found))
    state = LeadState(form.state.data)
    leads.turn(db.session(), found, state, note=form.note.data or "", by=current_user(), at=clock.now())
    flash("The note is kept.")
    return redirect(url_for(".lead", lead_id=lead_id), 303)


def _found(lead_id: str) -> Lead:
    found = leads.find(db.session(), lead_id)
    if found is None:
        abort(404)
    return found


def _context(found: Lead) -> dict[str, object]:
    return {
        "lead": found,
        "turns": leads.turns_of(db.session(), found),
        "preview_url": f"{url_for('staff_previews.preview')}?{found.preview}" if found.preview else None,
        "type_name": _type_name,
        "STATES": STATES,
    }


def _type_name(found: Lead) -> str | None:
    """What the customer's vendor calls the subscription that was asked about."""
    return catalogues.load(found.organization.catalogue).subscription_types[found.type].name if found.type else None
