"""What the pages of the desk share: the case in the address, and who does something to it."""

from __future__ import annotations

from flask import Blueprint, abort, current_app

from portal import clock
from portal.domain.response_targets import Via
from portal.models.cases import Case
from portal.services import cases
from portal.services.case_doing import Doing
from portal.web import db
from portal.web.identity import current_user

bp = Blueprint("desk", __name__, url_prefix="/staff")


def found_case(case_number: int) -> Case:
    """The case of this number, whoever's it is."""
    found = cases.find(db.session(), case_number)
    if found is None:
        abort(404)
    return found


def as_agent() -> Doing:
    """That the signed-in agent does something to a case now."""
    base_url: str = current_app.extensions["origin"]
    return Doing(by=current_user(), at=clock.now(), base_url=base_url, as_staff=True, via=Via.STAFF)
