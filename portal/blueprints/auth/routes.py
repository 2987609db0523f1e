"""Sign in and sign out."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth.forms import SignInForm
from portal.domain.errors import Refusal
from portal.services import people
from portal.web import db, htmx, identity
from portal.web.access import own_path, public
from portal.web.idempotency import repeatable

bp = Blueprint("auth", __name__)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form; somebody who is signed in goes on."""
    if identity.signed_in_user():
        return redirect(_target(), 303)
    return htmx.page("auth/sign_in.html", form=SignInForm())


@bp.post("/sign-in")
@public
@repeatable("who signs in twice is signed in")
def check_sign_in() -> ResponseReturnValue:
    """Sign in, and go to where the person wanted to."""
    form = SignInForm()
    if not form.validate():
        return htmx.refused("auth/sign_in.html", form=form)
    # Hashing takes its time, in which no write lock is held.
    with db.looking() as session:
        user = people.find_user_by_email(session, form.email.data or "")
    try:
        proof = people.check_password(user, form.password.data or "")
    except Refusal as refusal:
        form.email.errors = [str(refusal)]
        return htmx.refused("auth/sign_in.html", form=form)
    identity.sign_in(people.keep_stronger_hash(db.session(), proof))
    return redirect(_target(), 303)


@bp.post("/sign-out")
@public
@repeatable("a session that has ended stays ended")
def sign_out() -> ResponseReturnValue:
    """End the session; asked twice, it stays ended."""
    identity.sign_out()
    return redirect(url_for("home.index"), 303)


def _target() -> str:
    return own_path(request.args.get("next", "")) or url_for("home.index")
