"""Staff: going into a customer's organization for a reason, and leaving it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import ValidationError

from portal import clock
from portal.blueprints.staff.routes import bp
from portal.models.organizations import Organization
from portal.services import staff_visits
from portal.services.staff_visits import SHORTEST_REASON
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import Form, text_field
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

PAGE = "staff/visit.html"
TOO_SHORT = f"Enter at least {SHORTEST_REASON} characters. The customer reads it."


class VisitForm(Form):
    """Why somebody of staff goes in."""

    reason = text_field("Reason", required="Enter why you go in. The customer reads it.", longest=500)

    def validate_reason(self, field: Any) -> None:
        """A word is no reason."""
        if field.data and len(field.data) < SHORTEST_REASON:
            raise ValidationError(TOO_SHORT)


@bp.get("/organizations/<organization_id>/visit")
@staff_only()
def visit(organization_id: str) -> ResponseReturnValue:
    """What a visit is, and the form that begins one."""
    organization = _found(organization_id)
    open_visit = staff_visits.find_open(db.session(), current_user().id, slug=organization.slug, at=clock.now())
    return htmx.page(PAGE, form=VisitForm(), visited=organization, open_visit=open_visit)


@bp.post("/organizations/<organization_id>/visits")
@staff_only()
@once
def enter(organization_id: str) -> ResponseReturnValue:
    """Begin a visit, and go in."""
    organization, form = _found(organization_id), VisitForm()
    if not form.validate():
        return htmx.refused(PAGE, form=form, visited=organization)
    staff_visits.enter(db.session(), organization, by=current_user(), reason=form.reason.data or "", at=clock.now())
    return redirect(url_for("organizations.overview", slug=organization.slug), 303)


@bp.post("/organizations/<organization_id>/visit/ending")
@staff_only()
@repeatable("a visit ends once")
def leave(organization_id: str) -> ResponseReturnValue:
    """End one's own visit."""
    organization = _found(organization_id)
    staff_visits.leave(db.session(), organization, by=current_user(), at=clock.now())
    flash(f"You have left {organization.name}.")
    return redirect(url_for(".index"), 303)


def _found(hex_id: str) -> Organization:
    found = staff_visits.find_organization(db.session(), hex_id)
    if found is None:
        abort(404)
    return found
