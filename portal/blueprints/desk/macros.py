"""Macros: replies that all agents share."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from portal import clock
from portal.blueprints.desk.routes import bp
from portal.domain.errors import Refusal
from portal.domain.macros import LONGEST_NAME, PLACEHOLDERS
from portal.domain.permissions import StaffRole
from portal.models.macros import Macro
from portal.services import macros as replies
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import Entered, Form, text_field
from portal.web.idempotency import once
from portal.web.identity import current_user

LIST, ONE = "desk/macros.html", "desk/macro.html"


class MacroForm(Form):
    """A name and a text with placeholders."""

    name = text_field("Name", required="Give it a name that agents find it by.", longest=LONGEST_NAME)
    body = TextAreaField("Reply", validators=[Entered("Write what the reply says.")])


@bp.get("/macros")
@staff_only(StaffRole.SUPPORT)
def macros() -> ResponseReturnValue:
    """All macros, and the form of a new one."""
    return htmx.page(LIST, **_drawn(MacroForm()))


@bp.post("/macros")
@staff_only(StaffRole.SUPPORT)
@once
def write_macro() -> ResponseReturnValue:
    """Keep a new one."""
    form = MacroForm()
    if not form.validate():
        return htmx.refused(LIST, **_drawn(form))
    try:
        replies.write(db.session(), form.name.data or "", form.body.data or "", by=current_user(), at=clock.now())
    except Refusal as refusal:
        form.body.errors = [str(refusal)]
        return htmx.refused(LIST, **_drawn(form))
    flash("The macro is kept.")
    return redirect(url_for(".macros"), 303)


@bp.get("/macros/<macro_id>")
@staff_only(StaffRole.SUPPORT)
def macro(macro_id: str) -> ResponseReturnValue:
    """One macro, to be changed or removed."""
    found = _found(macro_id)
    return htmx.page(ONE, macro=found, form=MacroForm(obj=found), placeholders=PLACEHOLDERS)


@bp.post("/macros/<macro_id>")
@staff_only(StaffRole.SUPPORT)
@once
def rewrite_macro(macro_id: str) -> ResponseReturnValue:
    """Change it."""
    found, form = _found(macro_id), MacroForm()
    drawn: dict[str, Any] = {"macro": found, "form": form, "placeholders": PLACEHOLDERS}
    if not form.validate():
        return htmx.refused(ONE, **drawn)
    try:
        by, at = current_user(), clock.now()
        replies.rewrite(db.session(), found, form.name.data or "", form.body.data or "", by=by, at=at)
    except Refusal as refusal:
        form.body.errors = [str(refusal)]
        return htmx.refused(ONE, **drawn)
    flash("The macro is changed.")
    return redirect(url_for(".macros"), 303)


@bp.post("/macros/<macro_id>/removal")
@staff_only(StaffRole.SUPPORT)
@once
def remove_macro(macro_id: str) -> ResponseReturnValue:
    """Keep it no more."""
    found = _found(macro_id)
    replies.remove(db.session(), found, by=current_user(), at=clock.now())
    flash(f"“{found.name}” is removed.")
    return redirect(url_for(".macros"), 303)


def _found(macro_id: str) -> Macro:
    found = replies.find(db.session(), macro_id)
    if found is None:
        abort(404)
    return found


def _drawn(form: MacroForm) -> dict[str, Any]:
    return {"form": form, "macros": replies.kept(db.session()), "placeholders": PLACEHOLDERS}
