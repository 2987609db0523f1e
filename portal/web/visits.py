"""Staff on a visit to a customer's organization: whether this request is part of one, and what it may do."""

from __future__ import annotations

from flask import Flask, abort, g

from portal import clock
from portal.domain.catalogue_reading.staff import grants_of
from portal.domain.permissions import Grants
from portal.models.history import StaffVisit
from portal.models.organizations import Organization
from portal.services import staff_visits
from portal.web import db
from portal.web.identity import current_session


def init_app(app: Flask) -> None:
    """Let the frame say on every page that staff are inside."""
    app.jinja_env.globals["current_visit"] = current_visit


def enter(slug: str) -> tuple[Organization, Grants]:
    """The organization that the signed-in person visits, and what staff may do there; 404 without an open visit."""
    person = current_session()
    roles = person.staff_roles
    visit = staff_visits.find_open(db.session(), person.user_id, slug=slug, at=clock.now()) if roles else None
    if visit is None:
        abort(404)
    g.visit = visit
    return visit.organization, grants_of(roles)


def current_visit() -> StaffVisit | None:
    """The visit that this request is part of."""
    visit: StaffVisit | None = g.get("visit")
    return visit
