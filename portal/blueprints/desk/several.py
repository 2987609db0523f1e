"""Several cases at once: what will happen is shown first, and what was refused is said one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from portal import catalogues, clock
from portal.blueprints.desk import rows
from portal.blueprints.desk.forms import number_field
from portal.blueprints.desk.routes import as_agent, bp
from portal.domain.cases import STAFF_WORDS, CaseState
from portal.domain.permissions import StaffRole
from portal.models.cases import Case
from portal.services import case_bulk, cases, macros
from portal.services.case_bulk import Change
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import Form
from portal.web.filters import Choice, choices
from portal.web.idempotency import once

PAGE, DONE = "desk/several.html", "desk/several_done.html"
TAKE, STATE, REPLY, DUPLICATE = "take", "state", "reply", "duplicate"
_TITLES = {
    TAKE: ("Assign to me", "Each becomes yours. What another agent has stays theirs."),
    STATE: ("Set the state", "Each is set to the state, where it can be. The customers read what changed."),
    REPLY: ("Reply with a macro", "Each gets the reply, filled in for it, and so does everybody on it."),
    DUPLICATE: (
        "Close as a duplicate",
        "Each is closed and goes on in one case, with its people. It cannot be undone.",
    ),
}
_SETTABLE = (CaseState.OPEN, CaseState.PENDING, CaseState.ON_HOLD, CaseState.SOLVED)


class SeveralForm(Form):
    """What is to be done with the chosen cases."""

    action = HiddenField()
    state = Choice("State", default="")
    close_reason = Choice("How they were solved", default="")
    macro = Choice("Macro", default="")
    other = number_field("Number of the case in which they go on")

    def offer(self, chosen: Sequence[Case]) -> None:
        """Fill in the lists: reasons that all their catalogues have."""
        known = [catalogues.load(name).close_reasons for name in {case.organization.catalogue for case in chosen}]
        shared = {key: words for key, words in (known[0] if known else {}).items() if all(key in one for one in known)}
        self.state.choices = choices("Choose…", ((state.value, STAFF_WORDS[state]) for state in _SETTABLE))
        self.close_reason.choices = choices("Not solved", shared.items())
        self.macro.choices = choices("Choose…", macros.names(db.session()))


@bp.get("/cases/several")
@staff_only(StaffRole.SUPPORT)
def several() -> ResponseReturnValue:
    """What will happen to the cases that were chosen in the queue."""
    asked = request.args.get("action", "")
    form = SeveralForm(formdata=None, action=asked if asked in _TITLES else TAKE)
    return htmx.page(PAGE, **_drawn(form, request.args.getlist("case")))


@bp.post("/cases/several")
@staff_only(StaffRole.SUPPORT)
@once
def change_several() -> ResponseReturnValue:
    """Do it, case by case."""
    form = SeveralForm()
    is_known = form.action.data in _TITLES
    drawn = _drawn(form, request.form.getlist("case"))
    change = _asked(form) if is_known and form.validate() and drawn["chosen"] else None
    if change is None:
        return htmx.refused(PAGE, **drawn)
    outcomes = case_bulk.each(db.session(), drawn["chosen"], change)
    return htmx.page(DONE, outcomes=outcomes, title=drawn["title"])


def _asked(form: SeveralForm) -> Change | None:
    """The change that the form asks for; None, with why beside its field, where it says too little."""
    session, doing, action = db.session(), as_agent(), form.action.data
    if action == TAKE:
        return case_bulk.take(session, doing)
    if action == STATE and form.state.data:
        return case_bulk.set_state(session, CaseState(form.state.data), form.close_reason.data or None, doing)
    if action == REPLY and (macro := macros.find(session, form.macro.data or "")):
        return case_bulk.reply(session, macro, doing)
    if action == DUPLICATE and (target := cases.find(session, int((form.other.data or "0").removeprefix("#")))):
        return case_bulk.merge(session, target, doing)
    field, words = _MISSING[action or STATE]
    form[field].errors = [words]
    return None


_MISSING = {
    STATE: ("state", "Choose a state."),
    REPLY: ("macro", "Choose a macro."),
    DUPLICATE: ("other", "Enter the number of a case."),
}


def _drawn(form: SeveralForm, numbers: Sequence[str]) -> dict[str, Any]:
    known = {int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 19}
    chosen = case_bulk.chosen(db.session(), known)
    form.offer(chosen)
    if form.action.data not in _TITLES:
        form.action.data = TAKE
    title, note = _TITLES[form.action.data]
    at = clock.now()
    return {
        "form": form,
        "chosen": chosen,
        "rows": rows.rows_of(chosen, at=at),
        "title": title,
        "note": note,
        "STATES": rows.STATES,
    }
