"""Staff: incidents that stand above customers' forms of cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.chats.incident_forms import SEVERITIES, IncidentForm
from portal.domain.incidents import IncidentSeverity, is_under_way
from portal.domain.permissions import StaffRole
from portal.services import incidents
from portal.services.incidents import Shown
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import once
from portal.web.identity import current_user
from portal.web.links import url_for
from portal.web.paging import PAGE_SIZE, place_before

incidents_bp = Blueprint("incidents", __name__, url_prefix="/staff/incidents")

PAGES, INCIDENT, NEW = (
    ("incidents/incidents.html", "incidents/_incidents.html"),
    "incidents/incident.html",
    "incidents/new.html",
)


@incidents_bp.get("")
@staff_only(StaffRole.SUPPORT)
def index() -> ResponseReturnValue:
    """Every incident, the newest first."""
    start = place_before()
    found = incidents.newest(db.session(), before=start, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    older = rows[-1].incident.id if len(found) > PAGE_SIZE else None
    return htmx.page(*PAGES, rows=[(row, _state(row)) for row in rows], older=older, start=start, SEVERITIES=SEVERITIES)


@incidents_bp.get("/new")
@staff_only(StaffRole.SUPPORT)
def new() -> ResponseReturnValue:
    """The form for another one, which begins now."""
    form = IncidentForm(formdata=None, begins=clock.now(), severity=IncidentSeverity.DEGRADED.value)
    return htmx.page(NEW, form=form)


@incidents_bp.post("")
@staff_only(StaffRole.SUPPORT)
@once
def announce() -> ResponseReturnValue:
    """Tell customers of an incident."""
    form = IncidentForm()
    if not form.validate():
        return htmx.refused(NEW, form=form, refused=True)
    said, catalogue = form.announcement(), form.catalogue.data or None
    incidents.announce(db.session(), said, catalogue=catalogue, by=current_user(), at=clock.now())
    flash("Customers are told above their forms.")
    return redirect(url_for(".index"), 303)


@incidents_bp.get("/<incident_id>")
@staff_only(StaffRole.SUPPORT)
def incident(incident_id: str) -> ResponseReturnValue:
    """One incident: what is said of it now, the form to say something else, and all that was said before."""
    shown = _found(incident_id)
    return htmx.page(INCIDENT, form=IncidentForm.showing(shown), **_context(shown))


@incidents_bp.post("/<incident_id>")
@staff_only(StaffRole.SUPPORT)
@once
def update(incident_id: str) -> ResponseReturnValue:
    """Say something else of it from now on; with an end it goes away by itself."""
    shown, form = _found(incident_id), IncidentForm()
    del form["catalogue"]
    if not form.validate():
        return htmx.refused(INCIDENT, form=form, refused=True, **_context(shown))
    seen = form.number.data or 0
    incidents.update(db.session(), shown.incident, form.announcement(), seen=seen, by=current_user(), at=clock.now())
    flash("Customers read it so from now on.")
    return redirect(url_for(".incident", incident_id=incident_id), 303)


def _found(incident_id: str) -> Shown:
    shown = incidents.find(db.session(), incident_id)
    if shown is None:
        abort(404)
    return shown


def _context(shown: Shown) -> dict[str, Any]:
    catalogue = shown.incident.catalogue
    return {
        "shown": shown,
        "state": _state(shown),
        "versions": incidents.versions_of(db.session(), shown.incident),
        "vendor": catalogues.load(catalogue).title if catalogue else None,
        "SEVERITIES": SEVERITIES,
    }


def _state(shown: Shown) -> tuple[str, str, str]:
    """Whether it is shown now: text, tone and icon of its badge."""
    version, at = shown.version, clock.now()
    if is_under_way(version.begins_at, version.ends_at, at):
        return "Shown now", "ok", "circle-check"
    return ("Not yet shown", "info", "clock") if at < version.begins_at else ("Over", "", "circle-minus")
