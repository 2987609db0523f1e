"""Mail that could not be filed by itself: agents read it safely, and put it into a case, answer or discard it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, TextAreaField

from portal import clock
from portal.blueprints.desk.forms import LinkForm
from portal.blueprints.desk.routes import bp
from portal.domain.errors import Refusal
from portal.domain.incoming.states import IncomingState
from portal.domain.permissions import StaffRole
from portal.models.incoming_mail import IncomingMail
from portal.services import cases, organizations, people, quarantine_answers
from portal.services import quarantine as mails
from portal.services.searching import MOST_SEARCHED
from portal.web import db, htmx, mail_desk
from portal.web.access import staff_only
from portal.web.fields import Entered, FilterForm, Form, text_field
from portal.web.filters import Choice, choices
from portal.web.idempotency import once
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, place_before

PAGES, ONE = ("desk/quarantine.html", "desk/_quarantine.html"), "desk/quarantined.html"
# Text, tone and icon: the arguments of the macro `badge`.
STATES = {
    IncomingState.RECEIVED: ("Not looked at yet", "info", "clock"),
    IncomingState.PROCESSED: ("In a case", "ok", "circle-check"),
    IncomingState.QUARANTINED: ("Waits for you", "warn", "mail"),
    IncomingState.REFUSED: ("Refused", "", "circle-x"),
    IncomingState.IGNORED: ("By a machine", "", "bot"),
    IncomingState.DISCARDED: ("Discarded", "", "circle-minus"),
}


class MailFilter(FilterForm):
    """A state, and a part of sender or subject."""

    state = Choice(
        "State",
        choices=choices("Waiting for staff", ((state.value, STATES[state][0]) for state in IncomingState)),
        default="",
    )
    q = text_field("Sender or subject", longest=100)


class AnswerForm(Form):
    """What its sender gets."""

    words = TextAreaField("Answer", validators=[Entered("Write an answer.")])


class OrganizationForm(Form):
    """Whose new case it becomes."""

    organization = HiddenField()


@bp.get("/quarantine")
@staff_only(StaffRole.SUPPORT)
def quarantine() -> ResponseReturnValue:
    """Mail in a state, the newest first; without one what waits for staff."""
    form = MailFilter()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True)
    states = {IncomingState(form.state.data)} if form.state.data else {IncomingState.QUARANTINED}
    start, search = place_before(), form.q.data or ""
    # One more than fits says whether there is another page.
    found = mails.newest(db.session(), states=states, search=search, before=start, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    older = rows[-1].id if len(found) > PAGE_SIZE else None
    said = f"{len(rows)} {'mail' if len(rows) == 1 else 'mails'} shown"
    return htmx.page(
        *PAGES, said=said, form=form, rows=rows, older=older, start=start, searched=MOST_SEARCHED, STATES=STATES
    )


@bp.get("/quarantine/<mail_id>")
@staff_only(StaffRole.SUPPORT)
def quarantined(mail_id: str) -> ResponseReturnValue:
    """One mail: its text without anything that runs or loads, who sent it, and why it stands here."""
    return htmx.page(ONE, **_drawn(_found(mail_id)))


@bp.post("/quarantine/<mail_id>/release")
@staff_only(StaffRole.SUPPORT)
@once
def release(mail_id: str) -> ResponseReturnValue:
    """Put it into a case."""
    mail, form = _found(mail_id), LinkForm()
    if form.validate():
        try:
            return _released(mail, form.number)
        except Refusal as refusal:
            form.other.errors = [str(refusal)]
    return htmx.refused(ONE, **_drawn(mail, number=form))


@bp.post("/quarantine/<mail_id>/case")
@staff_only(StaffRole.SUPPORT)
@once
def make_case(mail_id: str) -> ResponseReturnValue:
    """Make a new case of it, for its sender."""
    mail, form = _found(mail_id), OrganizationForm()
    organization = next((one for one in _organizations(mail) if one.hex_id == form.organization.data), None)
    if organization is None:
        raise Refusal("Its sender belongs to no such organization.")
    case = mails.release_as_new(
        db.session(), mail, organization, by=current_user(), desk=mail_desk.desk(), at=clock.now()
    )
    flash(f"The mail is {case.id} now.")
    return redirect(url_for(".case", case_number=case.id), 303)


@bp.post("/quarantine/<mail_id>/answer")
@staff_only(StaffRole.SUPPORT)
@once
def answer(mail_id: str) -> ResponseReturnValue:
    """Answer its sender, once."""
    mail, form = _found(mail_id), AnswerForm()
    if form.validate():
        try:
            quarantine_answers.answer(db.session(), mail, form.words.data or "", at=clock.now())
        except Refusal as refusal:
            form.words.errors = [str(refusal)]
        else:
            flash(f"{mail.sender} is answered.")
            return redirect(url_for(".quarantined", mail_id=mail.hex_id), 303)
    return htmx.refused(ONE, **_drawn(mail, answer=form))


@bp.post("/quarantine/<mail_id>/discarding")
@staff_only(StaffRole.SUPPORT)
@once
def discard(mail_id: str) -> ResponseReturnValue:
    """Lay it aside for good."""
    mail = _found(mail_id)
    if mail.state is not IncomingState.DISCARDED:
        mails.discard(db.session(), mail, by=current_user(), at=clock.now())
    flash("The mail is discarded. It stays kept.")
    return redirect(url_for(".quarantine"), 303)


def _released(mail: IncomingMail, number: int) -> ResponseReturnValue:
    case = cases.find(db.session(), number)
    if case is None:
        raise Refusal(f"There is no case {number}.")
    landed = mails.release(db.session(), mail, case, by=current_user(), desk=mail_desk.desk(), at=clock.now())
    flash(f"The mail is in {landed.id} now.")
    return redirect(url_for(".case", case_number=landed.id), 303)


def _found(mail_id: str) -> IncomingMail:
    found = mails.find(db.session(), mail_id)
    if found is None:
        abort(404)
    return found


def _organizations(mail: IncomingMail) -> list[Any]:
    sender = people.find_user_by_email(db.session(), mail.sender) if mail.sender else None
    return list(organizations.organizations_of(db.session(), sender.id)) if sender else []


def _drawn(mail: IncomingMail, *, number: LinkForm | None = None, answer: AnswerForm | None = None) -> dict[str, Any]:
    return {
        "mail": mail,
        "letter": mails.letter_of(mail),
        "is_open": mail.state in mails.OPEN,
        "number": number or LinkForm(formdata=None, other=mail.case_id),
        "answer": answer or AnswerForm(formdata=None),
        "answered_at": quarantine_answers.answered_at(db.session(), mail),
        "organizations": _organizations(mail),
        "STATES": STATES,
    }
