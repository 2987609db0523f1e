"""What an order form prints: the terms of a contract, gathered from its rows."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from invoices import document
from portal import catalogues
from portal.domain import order_terms
from portal.domain.contracts import COMMITTING, Terms
from portal.domain.periods import Days
from portal.models.organizations import Organization, User
from portal.models.subscriptions import AgreedTerms
from portal.services import billing_profiles, contracts, parties
from portal.services.contracts import Contract


def of_contract(
    session: Session, organization: Organization, contract: Contract, year: Days, *, on: date
) -> document.OrderForm:
    """Everything that is printed of the contract for the contract year, but for its number and what it replaces."""
    agreed, terms, catalogue = contract.terms, contracts.terms_of(contract), catalogues.load(organization.catalogue)
    sold = catalogue.subscription_types[terms.type]
    profile = billing_profiles.current(session, contract.subscription.billing_group_id)
    by_us = terms.type not in order_terms.BILLED_BY_PROVIDER
    return document.OrderForm(
        number="",
        issued_on=on,
        replaces=None,
        seller=parties.seller(),
        buyer=parties.buyer(organization, profile) or parties.unaddressed(organization),
        organization_name=organization.name,
        organization_id=organization.hex_id,
        type_label=sold.name,
        description=sold.description,
        starts_on=agreed.starts_on,
        ends_before=agreed.ends_before,
        months=agreed.months,
        year=_period(year),
        commitment_cents=agreed.commitment_cents,
        schedule=_schedule(terms, contract.term, priced=by_us),
        schedule_note=order_terms.note(terms),
        currency=agreed.currency,
        unit_price=format(agreed.unit_price, "f") if by_us and terms.type in COMMITTING else None,
        beyond=order_terms.beyond(terms),
        elastic_unit_price=format(agreed.elastic_unit_price, "f") if by_us and agreed.elastic else None,
        support_plan=catalogue.support_plans[agreed.support_plan].name if agreed.support_plan else None,
        billing=order_terms.billing(terms),
        payment_terms=order_terms.payment(terms, terms_days=catalogue.payment_terms_days),
        billing_contact=profile.billing_contact if profile else agreed.billing_contact,
        purchase_order=agreed.purchase_order,
        sales_contact=_sales_contact(session, agreed),
    )


def _schedule(terms: Terms, term: Days, *, priced: bool) -> tuple[document.Share, ...]:
    return tuple(
        document.Share(
            period=_period(share.days),
            count=share.count,
            each_cents=share.each.minor,
            net_minor=share.each.at_price(terms.unit_price, terms.currency).minor if priced else share.each.minor,
        )
        for share in order_terms.schedule(terms, term)
    )


def _period(days: Days) -> document.Period:
    if days.ends_before is None:
        raise ValueError("a period on paper has an end")
    return document.Period(starts_on=days.starts_on, ends_before=days.ends_before)


def _sales_contact(session: Session, agreed: AgreedTerms) -> str | None:
    person = session.get(User, agreed.sales_representative_id) if agreed.sales_representative_id else None
    return f"{person.name}, {person.email}" if person else None
