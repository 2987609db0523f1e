"""A password that was forgotten: asked for by address, set anew by the link in the mail."""

from __future__ import annotations

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.auth.forms import ForgottenForm, NewPasswordForm
from portal.blueprints.auth.routes import bp
from portal.domain.errors import Refusal, TooSoon
from portal.domain.throttles import RESET_ACCOUNT, RESET_NETWORK, Hit
from portal.services import password_resets, passwords, people
from portal.web import db, htmx, identity, throttles
from portal.web.access import public
from portal.web.idempotency import repeatable

FORGOTTEN, SENT, NEW = "auth/forgotten_password.html", "auth/forgotten_password_sent.html", "auth/new_password.html"
CHANGED = "Your password is changed. Sign in with it."
_KEPT = "reset_token"


@bp.get("/forgotten-password")
@public
def forgotten_password() -> ResponseReturnValue:
    """The form that asks for the address."""
    return htmx.page(FORGOTTEN, form=ForgottenForm())


@bp.post("/forgotten-password")
@public
@repeatable("the newest link takes the place of older ones, and their number is limited")
def ask_for_password() -> ResponseReturnValue:
    """Write down who asked. The answer is the same for everybody, and a job looks whose address it is."""
    form = ForgottenForm()
    if not form.validate():
        return htmx.refused(FORGOTTEN, form=form)
    email = form.email.data or ""
    try:
        throttles.count(Hit(RESET_ACCOUNT, email.lower()), Hit(RESET_NETWORK, identity.network()))
    except TooSoon as refusal:
        return throttles.wait(FORGOTTEN, refusal, form=form)
    password_resets.ask(db.session(), email, at=clock.now())
    return redirect(url_for(".password_asked_for"), 303)


@bp.get("/forgotten-password/sent")
@public
def password_asked_for() -> ResponseReturnValue:
    """What happens now."""
    return htmx.page(SENT)


@bp.get("/new-password")
@public
def new_password() -> ResponseReturnValue:
    """The form for a new password; looking at it uses nothing up, as programs that read mail follow links."""
    if token := request.args.get("token"):
        # Out of the address at once: it would stand in the browser's history, and in the log of a proxy.
        session[_KEPT] = token
        return redirect(url_for(".new_password"), 303)
    try:
        password_resets.find(db.session(), session.get(_KEPT, ""), at=clock.now())
    except Refusal as refusal:
        return htmx.page(NEW, form=None, over=str(refusal))
    return htmx.page(NEW, form=NewPasswordForm())


@bp.post("/new-password")
@public
@repeatable("a link sets a password once")
def set_password() -> ResponseReturnValue:
    """Take the new password, once, and end every session of the person."""
    form, token = NewPasswordForm(), session.get(_KEPT, "")
    with db.looking() as looking:
        user = password_resets.find(looking, token, at=clock.now())
    if not form.validate():
        return htmx.refused(NEW, form=form)
    password = form.new_password.data or ""
    try:
        passwords.check_new(password, of=user, brand=catalogues.load_seller().entity.brand)
    except Refusal as refusal:
        form.new_password.errors = [str(refusal)]
        return htmx.refused(NEW, form=form)
    password_resets.use(db.session(), token, password_hash=people.hash_password(password), at=clock.now())
    identity.sign_out()
    flash(CHANGED)
    return redirect(url_for(".sign_in"), 303)
