"""Talk to sales: the customer's question."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.leads.forms import QuestionForm, query_of
from portal.domain.permissions import Action
from portal.services import leads
from portal.web import db, htmx
from portal.web.access import ORGANIZATION_PREFIX, current_catalogue, current_organization, requires
from portal.web.idempotency import once
from portal.web.identity import current_user
from portal.web.links import url_for

bp = Blueprint("leads", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/billing/talk-to-sales")

PAGE = "leads/talk.html"
SENT = "Your question is with sales. They answer by e-mail or phone."


@bp.get("")
@requires(Action.VIEW_BILLING)
def talk() -> ResponseReturnValue:
    """The form; `?type=` chooses a subscription, and `?preview=` attaches the query of a preview."""
    form = QuestionForm(current_catalogue(), formdata=None)
    wanted = request.args.get("type", "")
    if wanted in current_catalogue().subscription_types:
        form.type.data = wanted
    form.preview.data = query_of(request.args.get("preview"))
    return htmx.page(PAGE, form=form)


@bp.post("")
@requires(Action.VIEW_BILLING)
@once
def ask() -> ResponseReturnValue:
    """Keep the question for sales and send its person a receipt."""
    form = QuestionForm(current_catalogue())
    if not form.validate():
        return htmx.refused(PAGE, form=form, refused=True)
    by, at, base_url = current_user(), clock.now(), current_app.extensions["origin"]
    leads.ask(db.session(), current_organization(), form.question(), by=by, at=at, base_url=base_url)
    flash(SENT)
    return redirect(url_for(".talk"), 303)
