"""The billing contact: another one is asked for here, and finance answers (atlas 11.4)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import StopValidation

from portal import clock
from portal.blueprints.billing.routes import bp
from portal.domain.errors import Refusal
from portal.domain.mail import is_address
from portal.domain.permissions import Action
from portal.models.finance_requests import RequestState
from portal.services import billing_profiles, finance_requests
from portal.services.finance_requests import NewContact
from portal.web import db, htmx
from portal.web.access import current_organization, requires
from portal.web.fields import Form, text_field
from portal.web.idempotency import once
from portal.web.identity import current_user

PAGE = "billing/contact_change.html"
# Text, tone and icon: the arguments of the macro `badge`.
STATES = {
    RequestState.OPEN: ("Being looked at", "info", "clock"),
    RequestState.DONE: ("Done", "ok", "circle-check"),
    RequestState.DECLINED: ("Declined", "warn", "circle-x"),
}


class ContactForm(Form):
    """Who shall be the billing contact, and why."""

    name = text_field("Name", required="Enter the new contact’s name.")
    email = text_field("E-mail address", required="Enter the new contact’s e-mail address.", longest=254)
    phone = text_field("Phone", longest=40)
    reason = text_field("Reason", required="Enter why the contact changes.", longest=500)

    def validate_email(self, field: Any) -> None:
        """Refuse what no mail can be sent to."""
        if field.data and not is_address(field.data):
            raise StopValidation("Enter an e-mail address like name@company.example.")


@bp.get("/contact-change")
@requires(Action.CHANGE_BILLING_SETTINGS)
def contact_change() -> ResponseReturnValue:
    """The form, and what became of earlier requests."""
    return htmx.page(PAGE, form=ContactForm(), **_context())


@bp.post("/contact-change")
@requires(Action.CHANGE_BILLING_SETTINGS)
@once
def ask_for_contact() -> ResponseReturnValue:
    """Send the request to finance."""
    form = ContactForm()
    if not form.validate():
        return htmx.refused(PAGE, form=form, **_context())
    contact = NewContact(name=form.name.data or "", email=form.email.data or "", phone=form.phone.data or "")
    why, organization = form.reason.data or "", current_organization()
    try:
        finance_requests.ask_for_contact(
            db.session(), organization, contact, reason=why, at=clock.now(), by=current_user()
        )
    except Refusal as refusal:
        return htmx.refused(PAGE, form=form, refusal=str(refusal), **_context())
    flash("The request is sent. You see here what becomes of it.")
    return redirect(url_for(".contact_change"), 303)


def _context() -> dict[str, Any]:
    session, organization = db.session(), current_organization()
    profile = billing_profiles.own_profile(session, organization)
    asked = finance_requests.of_organization(session, organization)
    return {
        "present": profile.billing_contact if profile else None,
        "has_profile": profile is not None,
        "requests": asked,
        "is_open": any(one.state is RequestState.OPEN for one in asked),
        "STATES": STATES,
    }
