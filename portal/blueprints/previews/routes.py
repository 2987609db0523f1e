"""Preview: what a contract would come to, for the customer who thinks of it and for sales."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.previews import views
from portal.blueprints.previews.forms import PreviewForm
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal, TooSoon
from portal.domain.methods import PaymentMethodKind
from portal.domain.periods import Month
from portal.domain.permissions import Action
from portal.services import billing_profiles, parties, settling
from portal.web import db, htmx
from portal.web.access import ORGANIZATION_PREFIX, current_catalogue, current_organization, requires
from portal.web.links import url_for

bp = Blueprint("previews", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/billing/preview")

PAGE = "previews/preview.html"


@bp.get("")
@requires(Action.VIEW_BILLING)
def preview() -> ResponseReturnValue:
    """The form, filled with what is known of the organization, and below it the months once it was sent."""
    if not current_catalogue().subscription_types:
        return htmx.page("previews/none.html", title=current_catalogue().title)
    return answer(_form(), current_organization().name)


@bp.get("/scenario.json")
@requires(Action.VIEW_BILLING)
def scenario() -> ResponseReturnValue:
    """The same as a scenario file, which `flask simulate` plays to the same figures."""
    if not current_catalogue().subscription_types:
        raise Refusal(f"{current_catalogue().title} sells no subscriptions that could be previewed.")
    return file(_form(), current_organization().name)


def answer(form: PreviewForm, name: str, **context: object) -> ResponseReturnValue:
    """The page: the form alone, with its mistakes, or with what it comes to."""
    context |= {"form": form, "countries": parties.country_names().values(), "preview": None}
    if not form.is_asked:
        return htmx.page(PAGE, None, **context)
    if not form.validate():
        return htmx.refused(PAGE, None, refused=True, **context)
    try:
        result = views.asked(form, name)
    except TooSoon:
        raise
    except Refusal as refusal:
        form.blame(refusal)
        return htmx.refused(PAGE, None, refused=True, **context)
    talk = urlencode({"type": form.types[0] or "", "preview": form.query})
    return htmx.page(
        PAGE, None, **{**context, **result, "file_url": f"{url_for('.scenario')}?{form.query}", "talk_query": talk}
    )


def file(form: PreviewForm, name: str) -> ResponseReturnValue:
    """The scenario file of a valid form, or the form's page with its mistakes."""
    if not form.is_asked or not form.validate():
        return answer(form, name)
    text = json.dumps(views.document(form, name, form.types[0]), indent=2, ensure_ascii=False)
    attached = Response(f"{text}\n", mimetype="application/json")
    attached.headers["Content-Disposition"] = 'attachment; filename="preview.json"'
    return attached


def first_form(catalogue: Catalogue, **defaults: str) -> PreviewForm:
    """The form of the address; a contract starts with the next month unless it says otherwise."""
    return PreviewForm(catalogue, {"starts": Month.of(clock.today()).ends_before.isoformat(), **defaults})


def _form() -> PreviewForm:
    if "usage" in request.args:
        return first_form(current_catalogue())
    session, organization = db.session(), current_organization()
    group = billing_profiles.own_group(session, organization)
    profile, method = billing_profiles.current(session, group.id), settling.payment_method(session, group.id)
    known = {"pays_by": "none"}
    if method:
        known["pays_by"] = "paypal_ok" if method.kind is PaymentMethodKind.PAYPAL else "card_ok"
    if profile:
        known |= {"region": profile.region or "", "tax_id": profile.tax_id or ""}
        known["country"] = parties.country_name(profile.country)
    return first_form(current_catalogue(), **known)
