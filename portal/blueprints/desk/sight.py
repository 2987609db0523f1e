"""What an agent sees of one case: the whole page, and the parts that an action draws anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.desk import forms, rows
from portal.blueprints.desk.forms import WritingForm
from portal.blueprints.desk.routes import found_case
from portal.domain.cases import EntryKind, Video, Visibility
from portal.domain.errors import AlreadyDone, Overtaken, Refusal
from portal.domain.permissions import StaffRole
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.organizations import User
from portal.services import (
    attachments,
    case_changes,
    case_people,
    case_promises,
    case_severities,
    case_subjects,
    conversations,
    macros,
    people,
)
from portal.services.attachments import Draft
from portal.web import db, htmx, uploads
from portal.web.case_words import Reader
from portal.web.fields import Form
from portal.web.filters import choices
from portal.web.identity import current_session, current_user

PAGE, ABOUT, LATER = "desk/case.html", "desk/_about.html", "desk/_later.html"


def draft_of(case_number: int) -> Draft:
    """What the agent has not sent yet to the case."""
    case = found_case(case_number)
    return Draft(case.organization, current_user(), case)


def whole(case: Case, *, writing: WritingForm | None = None, sent: Form | None = None) -> dict[str, Any]:
    """All that the page needs; `writing` or `sent` came with the request."""
    entries = conversations.entries(db.session(), case, for_staff=True)
    return {
        **conversation(case, entries),
        **about(case, sent=sent),
        **composing(case, writing or WritingForm(formdata=None), by=_myself()),
        "last_entry": entries[-1].id if entries else 0,
    }


def conversation(case: Case, entries: Sequence[CaseEntry]) -> dict[str, Any]:
    """What the entries need to be drawn."""
    return {
        "entries": entries,
        "reader": Reader(catalogues.load(case.organization.catalogue), for_staff=True),
        "files": attachments.of_entries(db.session(), [entry.id for entry in entries], for_staff=True),
        "EntryKind": EntryKind,
        "Visibility": Visibility,
        "STATES": rows.STATES,
    }


def about(case: Case, *, sent: Form | None = None) -> dict[str, Any]:
    """What stands beside the conversation; `sent` is the form that came with the request."""
    session, catalogue, at = db.session(), catalogues.load(case.organization.catalogue), clock.now()
    changes = case_severities.changes_of(session, case)
    agents = people.staff_with(session, StaffRole.SUPPORT)
    return {
        "case": case,
        "catalogue": catalogue,
        "row": rows.row_of(case, at=at),
        "promise": case_promises.of_case(case, at=at),
        "agents": agents,
        "beside": forms.beside(case, catalogue, agents, sent),
        "copies": case_people.current(session, case),
        "assessed": next((change for change in reversed(changes) if change.by_staff), None),
        "disputed": next((change for change in changes if change.disagreed_at and not change.settled_at), None),
        "linked": case_changes.links_of(session, case),
        "affected": case_subjects.affected(session, case),
        "last_entry": _last_seen(),
        "own_id": current_session().user_id,
        "STATES": rows.STATES,
        "Video": Video,
    }


def composing(case: Case, writing: WritingForm, *, by: User) -> dict[str, Any]:
    """What the form of a reply or note needs."""
    writing.macro.choices = choices("Choose…", macros.names(db.session()))
    draft = Draft(case.organization, by, case)
    return {"writing": writing, "chooser": uploads.chooser(draft, problems=uploads.sent().problems)}


def act(case: Case, form: Form, change: Callable[[], None], *, field: str, news: str) -> ResponseReturnValue:
    """Make a change that a form beside the case asks for; what is refused stands at `field`, with what was entered."""
    status = 422
    if form.validate():
        try:
            change()
        except Refusal as refusal:
            form[field].errors = [str(refusal)]
            status = 409 if isinstance(refusal, AlreadyDone | Overtaken) else 422
        else:
            return done(case, news)
    drawn = about(case, sent=form) if htmx.is_partial() else whole(case, sent=form)
    answer = make_response(htmx.refused(PAGE, ABOUT, **drawn))
    answer.status_code = status
    return answer


def done(case: Case, news: str) -> ResponseReturnValue:
    """What stands beside the case, and what came into its conversation since the page was loaded."""
    otherwise = url_for("desk.case", case_number=case.id)
    if not htmx.is_partial():
        return htmx.done(ABOUT, otherwise=otherwise, news=news)
    return htmx.done(ABOUT, otherwise=otherwise, news=news, is_done=True, **(later(case, _last_seen()) | about(case)))


def later(case: Case, since: int) -> dict[str, Any]:
    """The entries that came after the page was loaded."""
    found = conversations.entries(db.session(), case, for_staff=True, after=since)
    return {**conversation(case, found), "last_entry": since, "case": case}


def _last_seen() -> int:
    """The last entry that the page had when it was loaded: a form says it, and 0 is before all."""
    after = request.form.get("after", "")
    return int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0


def _myself() -> User:
    """The signed-in agent, who is among those who answer cases, and so is loaded already."""
    return db.session().get_one(User, current_session().user_id)
