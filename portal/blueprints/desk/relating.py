"""Agents say who takes part in a case, and which other cases it has to do with."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.blueprints.desk import forms, rows, sight
from portal.blueprints.desk.routes import as_agent, bp, found_case
from portal.domain import case_addresses
from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole
from portal.models.cases import Case
from portal.services import case_changes, case_people, cases, conversations
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import once

MERGE = "desk/merge.html"


@bp.post("/cases/<int:case_number>/copies")
@staff_only(StaffRole.SUPPORT)
@once
def add_copies(case_number: int) -> ResponseReturnValue:
    """Put addresses on CC."""
    case, form = found_case(case_number), forms.CopyForm()

    def change() -> None:
        separators = catalogues.load(case.organization.catalogue).case_policy.cc_separators
        addresses = case_addresses.read(form.addresses.data or "", separators=separators)
        if not conversations.put_on_cc(db.session(), case, addresses, as_agent()):
            raise Refusal("They are on the case already.")

    return sight.act(case, form, change, field="addresses", news="They are on CC.")


@bp.post("/cases/<int:case_number>/copies/<int:participant_id>/removal")
@staff_only(StaffRole.SUPPORT)
@once
def remove_copy(case_number: int, participant_id: int) -> ResponseReturnValue:
    """Take an address off CC (CC-12)."""
    case = found_case(case_number)
    found = next((one for one in case_people.current(db.session(), case) if one.id == participant_id), None)
    if found is None:
        abort(404)
    case_people.remove_cc(db.session(), case, found, as_agent())
    return sight.done(case, f"{found.address} is off CC.")


@bp.post("/cases/<int:case_number>/links")
@staff_only(StaffRole.SUPPORT)
@once
def link(case_number: int) -> ResponseReturnValue:
    """Note that another case has to do with this one; customers do not see it."""
    case, form = found_case(case_number), forms.LinkForm()

    def change() -> None:
        case_changes.link(db.session(), case, _other(form.number), as_agent())

    return sight.act(case, form, change, field="other", news=f"It is linked with {form.other.data}.")


@bp.get("/cases/<int:case_number>/merging")
@staff_only(StaffRole.SUPPORT)
def review_merge(case_number: int) -> ResponseReturnValue:
    """What becomes of both cases, before anything is done; the other one is `?other=`."""
    case = found_case(case_number)
    form = forms.LinkForm(formdata=request.args if "other" in request.args else None, meta={"csrf": False})
    target = None
    if "other" in request.args and form.validate():
        try:
            target = _other(form.number)
            case_changes.check_mergeable(case, target)
        except Refusal as refusal:
            form.other.errors, target = [str(refusal)], None
    if form.errors:
        return htmx.refused(MERGE, case=case, form=form, target=None, refused=True)
    copies = case_changes.people_of(db.session(), case)
    return htmx.page(MERGE, case=case, form=form, target=target, copies=copies, STATES=rows.STATES)


@bp.post("/cases/<int:case_number>/merging")
@staff_only(StaffRole.SUPPORT)
@once
def merge(case_number: int) -> ResponseReturnValue:
    """Close this case as a duplicate; its people and later mail go on in the other one (CASE-9)."""
    case, form = found_case(case_number), forms.LinkForm()
    if form.validate():
        try:
            target = _other(form.number)
            case_changes.merge(db.session(), case, target, as_agent())
        except Refusal as refusal:
            form.other.errors = [str(refusal)]
        else:
            flash(f"{case.id} goes on here.")
            return redirect(url_for(".case", case_number=target.id), 303)
    return htmx.refused(MERGE, case=case, form=form, target=None)


def _other(number: int) -> Case:
    found = cases.find(db.session(), number)
    if found is None:
        raise Refusal(f"There is no case {number}.")
    return found
