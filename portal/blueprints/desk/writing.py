"""Agents write: a reply, a note, an outsider's answer that everybody is to read."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.blueprints.desk import sight
from portal.blueprints.desk.forms import NOTE, WritingForm
from portal.blueprints.desk.routes import as_agent, bp, found_case
from portal.domain import case_addresses
from portal.domain.cases import CaseState
from portal.domain.errors import Refusal
from portal.domain.permissions import StaffRole
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.services import attachments, case_changes, conversations, macros
from portal.web import db, htmx, uploads
from portal.web.access import staff_only
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

COMPOSE, PREVIEW = "desk/_compose.html", "desk/_preview.html"


@bp.post("/cases/<int:case_number>/entries")
@staff_only(StaffRole.SUPPORT)
@uploads.with_files(sight.draft_of)
@once
def write(case_number: int) -> ResponseReturnValue:
    """Send the reply, or keep the note."""
    case, form = found_case(case_number), WritingForm()
    if form.validate() and not uploads.sent().problems:
        field = form.cc
        try:
            cc = _addresses(case, form)
            field = form.text
            entry = _written(case, form, cc)
        except Refusal as refusal:
            field.errors = [str(refusal)]
        else:
            flash("The note is kept. No customer sees it." if form.kind.data == NOTE else "The reply is sent.")
            return redirect(url_for(".case", case_number=case.id, _anchor=f"entry-{entry.hex_id}"), 303)
    return htmx.refused(sight.PAGE, **sight.whole(case, writing=form))


@bp.post("/cases/<int:case_number>/preview")
@staff_only(StaffRole.SUPPORT)
@uploads.with_files(sight.draft_of)
@repeatable("it changes nothing")
def preview(case_number: int) -> ResponseReturnValue:
    """What is written, as it would be read."""
    case, form = found_case(case_number), WritingForm()
    if htmx.is_partial():
        return htmx.page(sight.PAGE, PREVIEW, writing=form, preview=True)
    return htmx.page(sight.PAGE, preview=True, **sight.whole(case, writing=form))


@bp.post("/cases/<int:case_number>/insertion")
@staff_only(StaffRole.SUPPORT)
@uploads.with_files(sight.draft_of)
@repeatable("it changes nothing")
def insert(case_number: int) -> ResponseReturnValue:
    """What is written with a macro below it, filled in for this case."""
    case, form = found_case(case_number), WritingForm()
    macro = macros.find(db.session(), form.macro.data or "")
    if macro is not None:
        written = (form.text.data or "").rstrip()
        form.text.data = f"{written}\n\n{macros.filled_in(macro, case, current_user())}".lstrip()
    form.macro.data = ""
    if htmx.is_partial():
        return htmx.page(sight.PAGE, COMPOSE, case=case, **sight.composing(case, form, by=current_user()))
    return htmx.page(sight.PAGE, **sight.whole(case, writing=form))


@bp.post("/cases/<int:case_number>/entries/<case_entry_id>/publication")
@staff_only(StaffRole.SUPPORT)
@once
def publish(case_number: int, case_entry_id: str) -> ResponseReturnValue:
    """Let everybody on the case read an outsider's answer (CC-6)."""
    case = found_case(case_number)
    entry = conversations.find_entry(db.session(), case, case_entry_id, for_staff=True)
    if entry is None:
        abort(404)
    conversations.publish(db.session(), case, entry, as_agent())
    flash("Everybody on the case reads it now.")
    return redirect(url_for(".case", case_number=case.id, _anchor=f"entry-{entry.hex_id}"), 303)


def _addresses(case: Case, form: WritingForm) -> Sequence[str]:
    separators = catalogues.load(case.organization.catalogue).case_policy.cc_separators
    return case_addresses.read(form.cc.data or "", separators=separators)


def _written(case: Case, form: WritingForm, cc: Sequence[str]) -> CaseEntry:
    session, doing, text = db.session(), as_agent(), form.text.data or ""
    if form.kind.data == NOTE:
        entry = conversations.note(session, case, text, doing)
    else:
        entry = conversations.comment(session, case, text, doing, cc=cc)
        then = CaseState(form.then.data) if form.then.data else case.state
        if then is not case.state:
            case_changes.set_state(session, case, then, doing)
    attachments.attach(session, entry, uploads.sent().hex_ids, sight.draft_of(case.id))
    return entry
