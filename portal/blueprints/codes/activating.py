"""Staff: activating a contract without a code, for a reason, with its effect shown before."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.codes.sale_forms import SaleForm
from portal.blueprints.codes.selling import can_be_sold, drawn, found_organization, sale_form, staff_bp
from portal.domain.permissions import StaffRole
from portal.models.organizations import Organization
from portal.services import activation_effects, billing_profiles, people, subscriptions
from portal.web import contract_terms, db, effects, htmx
from portal.web.access import staff_only
from portal.web.fields import Form, text_field
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

REVIEW = "codes/activation.html"


class WhyForm(Form):
    """Why no code is used."""

    reason = text_field("Reason", required="Enter why no code is used. Staff read it.", longest=500)


@staff_bp.post("/activation/review")
@staff_only(StaffRole.SALES)
@repeatable("it only shows what the contract would do")
def review_activation(organization_id: str) -> ResponseReturnValue:
    """What the contract would do if it began now; the reason is asked for here."""
    organization = found_organization(organization_id)
    form = sale_form(organization)
    if not can_be_sold(form, organization):
        return drawn(form, organization, refused=True)
    return htmx.page(REVIEW, why=WhyForm(formdata=None), **_context(form, organization))


@staff_bp.post("/activation")
@staff_only(StaffRole.SALES)
@once
def activate(organization_id: str) -> ResponseReturnValue:
    """Begin the contract at once, or on its agreed start."""
    organization, why = found_organization(organization_id), WhyForm()
    form = sale_form(organization)
    if not can_be_sold(form, organization):
        return drawn(form, organization, refused=True)
    if not why.validate():
        return htmx.refused(REVIEW, why=why, **_context(form, organization))
    session = db.session()
    group = billing_profiles.own_group(session, organization)
    subscriptions.activate(
        session, organization, group, form.terms(), at=clock.now(), by=current_user(), reason=why.reason.data
    )
    flash("The contract is activated.")
    return redirect(url_for("contracts.index", organization_id=organization_id), 303)


def _context(form: SaleForm, organization: Organization) -> dict[str, Any]:
    session, catalogue, terms = db.session(), catalogues.load(organization.catalogue), form.terms()
    group = billing_profiles.own_group(session, organization)
    effect = activation_effects.preview(session, organization, group, terms, at=clock.now())
    return {
        "form": form,
        "sold_to": organization,
        "terms": terms,
        "rows": contract_terms.agreed_rows(
            terms, catalogue, representative=people.find_name(session, terms.sales_representative_id)
        ),
        "claims": contract_terms.claim_rows(terms),
        "name": catalogue.subscription_types[terms.type].name,
        "effect": effects.effect_of(effect, catalogue.payment_labels),
    }
