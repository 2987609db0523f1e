"""Staff: selling a subscription, with its effect shown before its code is issued."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.codes.sale_forms import MONTHLY, SaleForm
from portal.domain.errors import Refusal
from portal.domain.money import USD
from portal.domain.permissions import StaffRole
from portal.models.organizations import Organization
from portal.services import activation_codes, billing_profiles, members, people, staff_visits
from portal.services.activation_codes import Seller
from portal.web import contract_terms, db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

SELL, REVIEW = "codes/sell.html", "codes/sale_review.html"

staff_bp = Blueprint("staff_codes", __name__, url_prefix="/staff/organizations/<organization_id>")


@staff_bp.get("/sell")
@staff_only(StaffRole.SALES)
def sell(organization_id: str) -> ResponseReturnValue:
    """The form, with the billing contact of the organization and oneself as representative."""
    organization = found_organization(organization_id)
    profile = billing_profiles.own_profile(db.session(), organization)
    begin = {
        "schedule": MONTHLY,
        "currency": USD,
        "unit_price": "1",
        "elastic_unit_price": "1",
        "billing_contact": profile.billing_contact if profile else None,
        "representative": str(current_user().id),
    }
    return drawn(sale_form(organization, formdata=None, data=begin), organization)


@staff_bp.post("/sell")
@staff_only(StaffRole.SALES)
@repeatable("it only shows what the contract would ask for")
def review_sale(organization_id: str) -> ResponseReturnValue:
    """What the contract would ask for and when; or the form again, to change it."""
    organization = found_organization(organization_id)
    form = sale_form(organization)
    if request.form.get("action") == "change":
        return drawn(form, organization)
    if not can_be_sold(form, organization):
        return drawn(form, organization, refused=True)
    session, terms, catalogue = db.session(), form.terms(), catalogues.load(organization.catalogue)
    representative = people.find_name(session, terms.sales_representative_id)
    return htmx.page(
        REVIEW,
        form=form,
        sold_to=organization,
        terms=terms,
        name=catalogue.subscription_types[terms.type].name,
        rows=contract_terms.agreed_rows(terms, catalogue, representative=representative),
        claims=contract_terms.claim_rows(terms),
        is_member=members.find_by_address(session, organization, terms.billing_contact or "") is not None,
        has_address=billing_profiles.own_profile(session, organization) is not None,
    )


@staff_bp.post("/codes")
@staff_only(StaffRole.SALES)
@once
def issue_code(organization_id: str) -> ResponseReturnValue:
    """Issue the code and mail it to the billing contact."""
    organization = found_organization(organization_id)
    form = sale_form(organization)
    if not can_be_sold(form, organization):
        return drawn(form, organization, refused=True)
    session = db.session()
    group = billing_profiles.own_group(session, organization)
    code = activation_codes.issue(
        session, seller_to(organization), group, form.terms(), starts_on=form.starts_on.data, at=clock.now()
    )
    flash(f"The code is on its way to {code.sent_to}.")
    return redirect(url_for(".index", organization_id=organization_id), 303)


def found_organization(hex_id: str) -> Organization:
    """The organization in the address."""
    found = staff_visits.find_organization(db.session(), hex_id)
    if found is None:
        abort(404)
    return found


def seller_to(organization: Organization) -> Seller:
    """The signed-in person, who sells to this organization."""
    base_url: str = current_app.extensions["origin"]
    return Seller(organization=organization, by=current_user(), base_url=base_url)


def sale_form(organization: Organization, **kwargs: Any) -> SaleForm:
    """The form of a sale to this organization."""
    sellers = people.staff_with(db.session(), StaffRole.SALES)
    return SaleForm(catalogues.load(organization.catalogue), sellers, today=clock.today(), **kwargs)


def can_be_sold(form: SaleForm, organization: Organization) -> bool:
    """Whether the form is valid and no rule refuses its terms; otherwise `form` says why."""
    if not form.validate():
        return False
    session = db.session()
    group = billing_profiles.own_group(session, organization)
    try:
        activation_codes.check_sale(session, organization, group, form.terms(), on=clock.today())
    except Refusal as refusal:
        form.type.errors = [str(refusal)]
        return False
    return True


def drawn(form: SaleForm, organization: Organization, *, refused: bool = False) -> ResponseReturnValue:
    """The form; where it is refused, with what is wrong."""
    draw = htmx.refused if refused else htmx.page
    catalogue = catalogues.load(organization.catalogue)
    helps = {key: one.description for key, one in catalogue.subscription_types.items()}
    return draw(SELL, form=form, sold_to=organization, helps=helps, title=catalogue.title, refused=refused)
