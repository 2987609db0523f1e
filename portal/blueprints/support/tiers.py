"""A tier that is asked for: from which month, on which billing group's invoice, and what it will cost (aiven 2.1)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField
from wtforms.validators import InputRequired

from portal import clock
from portal.blueprints.support.beside import paying_context
from portal.blueprints.support.routes import bp
from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.periods import Month
from portal.domain.permissions import Action
from portal.domain.plan_changes import Change, Changed, rule_for
from portal.services import support_tiers, tier_news, tier_turns
from portal.services.support_tiers import TierChoice, TierWish
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires
from portal.web.fields import Form, SelectChoice
from portal.web.formatting import month as month_in_words
from portal.web.idempotency import once
from portal.web.identity import current_user

PAGE = "support/tier.html"


class TierForm(Form):
    """The start month and the billing group."""

    start_month = RadioField("Start date", validators=[InputRequired("Choose the month that it starts with.")])
    billing_group = RadioField("Billing group", validators=[InputRequired("Choose a billing group.")])

    def __init__(self, choice: TierChoice, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start_month.choices = [SelectChoice(str(one), month_in_words(one)) for one in choice.months]
        names = {group.id: group.name or current_organization().name for group in choice.groups}
        self.billing_group.choices = [SelectChoice(str(key), name) for key, name in names.items()]

    def wish(self, tier: str) -> TierWish:
        """What is asked for, once the form is valid."""
        return TierWish(tier, Month.parse(self.start_month.data), int(self.billing_group.data))


def review(tier: str) -> ResponseReturnValue:
    """The month and the billing group; once both are chosen, what the tier will cost and from when."""
    choice = _choice()
    is_chosen = "start_month" in request.args or "billing_group" in request.args
    form = TierForm(choice, formdata=request.args if is_chosen else None, meta={"csrf": False})
    context = _context(form, choice, tier)
    if not is_chosen:
        form.start_month.data = str(choice.months[0]) if choice.months else None
        form.billing_group.data = str(choice.groups[0].id) if len(choice.groups) == 1 else None
        return htmx.page(PAGE, preview=None, **context)
    if not form.validate():
        return htmx.refused(PAGE, preview=None, **context)
    shown = support_tiers.preview(db.session(), current_organization(), form.wish(tier), at=clock.now())
    return htmx.page(PAGE, preview=shown, **context)


def ask(tier: str) -> ResponseReturnValue:
    """Ask for the tier; its month and billing group are in the form, and its price is the catalogue’s."""
    choice = _choice()
    form = TierForm(choice)
    context = _context(form, choice, tier)
    if not form.validate():
        return htmx.refused(PAGE, preview=None, **context)
    session, organization, at = db.session(), current_organization(), clock.now()
    try:
        asked = support_tiers.ask(session, organization, form.wish(tier), by=current_user(), at=at)
    except Refusal as refusal:
        return htmx.refused(PAGE, preview=None, refusal=str(refusal), **context)
    tier_news.tell(session, organization, asked, at=at, base_url=current_app.extensions["origin"])
    flash("Your request is sent. You see on this page how far it is.")
    return redirect(url_for(".index"), 303)


@bp.post("/support/tier-requests/<tier_request_id>/withdrawal")
@requires(Action.CHANGE_SUPPORT_PLAN)
@once
def withdraw(tier_request_id: str) -> ResponseReturnValue:
    """Take the request back, before staff began with it."""
    session, organization = db.session(), current_organization()
    if tier_turns.find(session, organization, tier_request_id, on=clock.today()) is None:
        abort(404)
    with suppress(AlreadyDone):
        support_tiers.withdraw(session, organization, tier_request_id, by=current_user(), at=clock.now())
    flash("The request is taken back.")
    return redirect(url_for(".index"), 303)


def _context(form: TierForm, choice: TierChoice, tier: str) -> dict[str, Any]:
    """`hindrance` says why this tier cannot be asked for, whichever month and billing group."""
    return {
        "form": form,
        "choice": choice,
        "tier": tier,
        "hindrance": choice.refusal or _why_not(choice, tier),
        **paying_context(),
    }


def _why_not(choice: TierChoice, tier: str) -> str | None:
    """What the catalogue says of a tier that is not above the present one (AV-21)."""
    if tier in {one.key for one in choice.tiers}:
        return None
    rules = current_catalogue().change_rules
    rule = rule_for(rules, Changed.SUPPORT_PLAN, Change.DOWNGRADE, from_plan="", to_plan=tier)
    return rule.hint if rule and rule.hint else "It is not above the one that you have."


def _choice() -> TierChoice:
    return support_tiers.choice_of(db.session(), current_organization(), at=clock.now())
