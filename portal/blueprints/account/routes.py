"""Your account: name, address, password, sessions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.account.forms import PasswordForm
from portal.blueprints.account.password import change_own_password
from portal.domain.errors import TooSoon
from portal.domain.sessions import EndReason
from portal.services import account_activities, sessions
from portal.web import db, htmx, identity, throttles
from portal.web.access import signed_in
from portal.web.idempotency import repeatable

PAGE = "account/account.html"
CHANGED = "Your password is changed. Everywhere else you are signed out."
ENDED = "That session is ended."
ENDED_OTHERS = "You are signed out everywhere else."

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("/")
@signed_in
def account() -> ResponseReturnValue:
    """Who one is here, where one is signed in, and what happened to the account."""
    return htmx.page(PAGE, form=PasswordForm(), **_context())


@bp.post("/password")
@signed_in
@repeatable("the current password is asked for, and is another one afterwards")
def change_password() -> ResponseReturnValue:
    """Take a new password from who knows the current one, and end all other sessions."""
    form = PasswordForm()
    if not form.validate():
        return htmx.refused(PAGE, form=form, **_context())
    try:
        is_changed = change_own_password(form)
    except TooSoon as refusal:
        return throttles.wait(PAGE, refusal, form=form, **_context())
    if not is_changed:
        return htmx.refused(PAGE, form=form, **_context())
    flash(CHANGED)
    return redirect(url_for(".account"), 303)


@bp.post("/sessions/<session_id>/ending")
@signed_in
@repeatable("a session ends once")
def end_session(session_id: str) -> ResponseReturnValue:
    """End one of one's sessions; asked twice, it stays ended."""
    sessions.end_one(db.session(), identity.current_user().id, session_id, at=clock.now())
    flash(ENDED)
    return redirect(url_for(".account"), 303)


@bp.post("/other-sessions/ending")
@signed_in
@repeatable("a session ends once")
def end_other_sessions() -> ResponseReturnValue:
    """End all of one's sessions but this one."""
    mine = identity.current_session()
    sessions.end_all(db.session(), mine.user_id, because=EndReason.ENDED_ELSEWHERE, at=clock.now(), but=mine)
    flash(ENDED_OTHERS)
    return redirect(url_for(".account"), 303)


def _context() -> dict[str, Any]:
    user, session = identity.current_user(), db.session()
    return {
        "person": user,
        "own_session": identity.current_session(),
        "sessions": sessions.sessions_of(session, user.id, lifetimes=identity.lifetimes(), at=clock.now()),
        "activities": account_activities.latest(session, user.id),
    }
