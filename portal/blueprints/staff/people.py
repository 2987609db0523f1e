"""Staff: a person, where they are signed in, and the end of it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from portal import clock
from portal.blueprints.staff.routes import bp
from portal.models.organizations import User
from portal.services import account_activities, organizations, people, sessions
from portal.services import deactivation as account_deactivation
from portal.web import db, htmx, identity
from portal.web.access import staff_only
from portal.web.fields import FilterForm, Form, text_field
from portal.web.idempotency import once

SEARCH, PERSON = "staff/people.html", "staff/person.html"


class SearchForm(FilterForm):
    """Whom one looks for."""

    email = text_field("E-mail address", longest=254)


class EndingForm(Form):
    """Why somebody is signed out everywhere."""

    reason = text_field("Reason", required="Enter why the sessions end.", longest=500)


class DeactivationForm(Form):
    """Why somebody can sign in no more, or again."""

    why = text_field("Reason", required="Enter why.", longest=500)
    is_back = HiddenField()


@bp.get("/people")
@staff_only()
def find_person() -> ResponseReturnValue:
    """The search; who is found by the whole address is shown."""
    form = SearchForm()
    email = form.email.data or ""
    found = people.find_user_by_email(db.session(), email) if email and form.validate() else None
    if found:
        return redirect(url_for(".person", person_id=found.id), 303)
    return htmx.page(SEARCH, form=form, email=email)


@bp.get("/people/<int:person_id>")
@staff_only()
def person(person_id: int) -> ResponseReturnValue:
    """Who they are, where they are signed in, and what happened to their account."""
    return htmx.page(PERSON, form=EndingForm(), deactivation=DeactivationForm(), **_context(_found(person_id)))


@bp.post("/people/<int:person_id>/sessions/ending")
@staff_only()
@once
def end_sessions(person_id: int) -> ResponseReturnValue:
    """Sign a person out everywhere, for a reason that is kept."""
    found, form = _found(person_id), EndingForm()
    if not form.validate():
        return htmx.refused(PERSON, form=form, deactivation=DeactivationForm(formdata=None), **_context(found))
    by, reason = identity.current_user(), form.reason.data or ""
    count = sessions.end_by_staff(db.session(), found, by=by, reason=reason, at=clock.now())
    flash(f"{count} {'session is' if count == 1 else 'sessions are'} ended.")
    # Who ends their own sessions is signed out with this answer, and comes to the sign-in page.
    return redirect(url_for(".person", person_id=found.id), 303)


@bp.post("/people/<int:person_id>/deactivation")
@staff_only()
@once
def deactivate(person_id: int) -> ResponseReturnValue:
    """Let a person sign in no more, or again, for a reason that is kept."""
    found, form = _found(person_id), DeactivationForm()
    if not form.validate():
        return htmx.refused(PERSON, form=EndingForm(formdata=None), deactivation=form, **_context(found))
    by, reason = identity.current_user(), form.why.data or ""
    # What the page offered, not the opposite of what holds by now: somebody else may have been faster.
    is_back = form.is_back.data == "yes"
    change = account_deactivation.reactivate if is_back else account_deactivation.deactivate
    change(db.session(), found, by=by, reason=reason, at=clock.now())
    flash(f"{found.name} can sign in again." if is_back else f"{found.name} is deactivated.")
    return redirect(url_for(".person", person_id=found.id), 303)


def _found(person_id: int) -> User:
    found = people.find_user(db.session(), person_id)
    if found is None:
        abort(404)
    return found


def _context(found: User) -> dict[str, Any]:
    session, at = db.session(), clock.now()
    return {
        "person": found,
        "organizations": organizations.organizations_of(session, found.id),
        "sessions": sessions.sessions_of(session, found.id, lifetimes=identity.lifetimes(), at=at),
        "activities": account_activities.latest(session, found.id),
    }
