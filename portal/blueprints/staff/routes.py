"""Staff: all organizations."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.services import months, organizations
from portal.web import db, htmx
from portal.web.access import staff_only

bp = Blueprint("staff", __name__, url_prefix="/staff")


@bp.get("/")
@staff_only()
def index() -> ResponseReturnValue:
    """Every organization, what it is sold, and the last month closed for it."""
    return htmx.page(
        "staff/organizations.html",
        organizations=organizations.all_organizations(db.session()),
        last_closed=months.last_closed(db.session()),
        titles={name: catalogues.load(name).title for name in catalogues.names()},
    )
