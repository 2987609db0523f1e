"""Applying an activation code: typed and looked up within limits, looked at, activated."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField

from portal import clock
from portal.blueprints.codes import views
from portal.domain.errors import Refusal, TooSoon
from portal.domain.permissions import Action
from portal.domain.throttles import CODE_ORGANIZATION, CODE_PERSON, Hit
from portal.services import redeeming
from portal.web import db, htmx, throttles
from portal.web.access import ORGANIZATION_PREFIX, current_organization, requires
from portal.web.fields import Entered, Form
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

FORM, CONTRACT = "codes/apply.html", "codes/contract.html"
_FOUND = "activation_code"

bp = Blueprint("codes", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/billing/apply-code")


class CodeForm(Form):
    """A code as it was typed. Of one that is too long or odd nothing else is said than of any other (CODE-8)."""

    code = StringField("Activation code", validators=[Entered("Enter the activation code.")])


class ActivationForm(Form):
    """Which contract was looked at."""

    code_id = HiddenField()


@bp.get("")
@requires(Action.APPLY_ACTIVATION_CODE)
def apply_code() -> ResponseReturnValue:
    """The form, what the first 30 days mean, and what to do about a lost code."""
    return htmx.page(FORM, form=CodeForm(), **views.form_context())


@bp.post("")
@requires(Action.APPLY_ACTIVATION_CODE)
@repeatable("it only finds what the next page shows, and wrong codes are limited")
def look_up_code() -> ResponseReturnValue:
    """To what the code stands for; of one that is not taken nothing is said but that (CODE-8)."""
    form = CodeForm()
    code_id = _looked_up(form.code.data or "") if form.validate() else None
    if code_id is None:
        form.code.errors = form.code.errors or [redeeming.NOT_TAKEN]
        return htmx.refused(FORM, form=form, refused=True, **views.form_context())
    session[_FOUND] = code_id
    return redirect(url_for(".contract"), 303)


@bp.get("/contract")
@requires(Action.APPLY_ACTIVATION_CODE)
def contract() -> ResponseReturnValue:
    """What the code stands for that was entered before."""
    try:
        code = redeeming.find_again(db.session(), current_organization(), session.get(_FOUND, ""), on=clock.today())
    except Refusal:
        return redirect(url_for(".apply_code"), 303)
    return htmx.page(CONTRACT, form=ActivationForm(formdata=None, code_id=code.hex_id), **views.contract_context(code))


@bp.post("/contract")
@requires(Action.APPLY_ACTIVATION_CODE)
@once
def activate() -> ResponseReturnValue:
    """Begin the contract that was looked at."""
    found: str = session.get(_FOUND, "")
    # Only what this browser found can be activated: nobody tries ids here.
    if not found or ActivationForm().code_id.data != found:
        raise Refusal(redeeming.NOT_TAKEN)
    made = redeeming.redeem(db.session(), current_organization(), found, by=current_user(), at=clock.now())
    session.pop(_FOUND)
    flash(views.news_of(made))
    return redirect(url_for("subscriptions.index"), 303)


def _looked_up(typed: str) -> str | None:
    """The id of the code; None for what is not taken, of which the same is done whatever the reason (CODE-8)."""
    organization = current_organization()
    tries = Hit(CODE_PERSON, str(current_user().id)), Hit(CODE_ORGANIZATION, str(organization.id))
    # Attempts are counted apart: the request has written nothing yet.
    db.release()
    try:
        throttles.count(*tries)
        is_too_often = False
    except TooSoon:
        is_too_often = True
    with db.looking() as looking:
        try:
            found = redeeming.find(looking, organization, typed, on=clock.today())
        except Refusal:
            return None
    if is_too_often:
        return None
    throttles.forgive(*tries)
    return found.hex_id
