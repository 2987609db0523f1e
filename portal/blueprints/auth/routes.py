"""Sign in and sign out."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth.forms import SignInForm
from portal.blueprints.auth.proof import prove
from portal.domain.errors import Refusal, TooSoon
from portal.services import people
from portal.web import db, htmx, identity, throttles
from portal.web.access import public
from portal.web.addresses import own_path
from portal.web.idempotency import repeatable

bp = Blueprint("auth", __name__)

PAGE = "auth/sign_in.html"


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form; somebody who is signed in goes on."""
    if identity.signed_in():
        return redirect(_target(), 303)
    return htmx.page(PAGE, form=SignInForm())


@bp.post("/sign-in")
@public
@repeatable("the newer session takes the place of the one before")
def check_sign_in() -> ResponseReturnValue:
    """Sign in, and go to where the person wanted to."""
    form = SignInForm()
    if not form.validate():
        return htmx.refused(PAGE, form=form)
    try:
        proof = prove(form.email.data or "", form.password.data or "")
    except TooSoon as refusal:
        return throttles.wait(PAGE, refusal, form=form)
    except Refusal as refusal:
        form.email.errors = [str(refusal)]
        return htmx.refused(PAGE, form=form)
    identity.sign_in(people.keep_stronger_hash(db.session(), proof))
    return redirect(_target(), 303)


@bp.post("/sign-out")
@public
@repeatable("a session ends once")
def sign_out() -> ResponseReturnValue:
    """End the session; asked twice, it stays ended."""
    identity.sign_out()
    return redirect(url_for("home.index"), 303)


def _target() -> str:
    return own_path(request.args.get("next", "")) or url_for("home.index")
