"""The billing profile: shown, previewed while it is filled in, changed."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.billing import profile_views
from portal.blueprints.billing.profile_forms import ProfileForm, previewed_form, saved_form
from portal.blueprints.billing.routes import bp
from portal.domain.permissions import Action
from portal.services import billing_profiles
from portal.web import db, htmx
from portal.web.access import current_organization, may, requires
from portal.web.idempotency import once
from portal.web.identity import current_user

PAGE, FORM = "billing/profile.html", "billing/_profile_form.html"
SAVED = "The billing profile is saved. It counts from the next invoice on."


@bp.get("/profile")
@requires(Action.VIEW_BILLING)
def profile() -> ResponseReturnValue:
    """The form; for who may only look, what it holds."""
    session = db.session()
    saved = billing_profiles.own_profile(session, current_organization())
    if not may(Action.CHANGE_BILLING_SETTINGS):
        return htmx.page("billing/profile_facts.html", None, **profile_views.facts_context(session, saved))
    return htmx.page(PAGE, None, **profile_views.form_context(session, saved_form(saved), saved))


@bp.post("/profile")
@requires(Action.CHANGE_BILLING_SETTINGS)
@once
def change_profile() -> ResponseReturnValue:
    """Keep what was entered; or, where a browser without scripts asks for it, only show the fields of the country."""
    session, form = db.session(), ProfileForm()
    saved = billing_profiles.own_profile(session, current_organization())
    if request.form.get("action") == "country":
        form.turn_to_country()
        return htmx.page(PAGE, FORM, **profile_views.form_context(session, form, saved))
    if not form.validate():
        return htmx.refused(PAGE, FORM, refused=True, **profile_views.form_context(session, form, saved))
    group = billing_profiles.own_group(session, current_organization())
    saved = billing_profiles.change(session, group, at=clock.now(), by=current_user(), **form.values())
    context = profile_views.form_context(session, saved_form(saved), saved)
    return htmx.done(FORM, otherwise=url_for(".profile"), news=SAVED, **context)


@bp.get("/profile/country")
@requires(Action.CHANGE_BILLING_SETTINGS)
def profile_country() -> ResponseReturnValue:
    """The fields that follow the country in the address; nothing is kept."""
    return _preview("billing/_country_fields.html")


@bp.get("/profile/recipients")
@requires(Action.CHANGE_BILLING_SETTINGS)
def profile_recipients() -> ResponseReturnValue:
    """Who would get the mail with what stands in the address; nothing is kept."""
    return _preview("billing/_recipients.html")


def _preview(fragment: str) -> ResponseReturnValue:
    session = db.session()
    saved = billing_profiles.own_profile(session, current_organization())
    return htmx.page(PAGE, fragment, **profile_views.form_context(session, previewed_form(saved), saved))
