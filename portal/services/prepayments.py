"""Credits that are paid in advance: their rows, and the tax invoice that asks for the money (atlas 4.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import contracts as rules
from portal.domain import invoicing, rating
from portal.domain.contracts import Terms
from portal.domain.errors import Refusal
from portal.domain.invoicing import PaymentStatus
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import Credit, CreditKind, CreditTerms
from portal.models.organizations import Organization, User
from portal.models.payments import Payment, PaymentTax, Purpose
from portal.models.subscriptions import AgreedTerms
from portal.services import billing_profiles, contracts, credit_rows, issuing, settling
from portal.services.contracts import Contract
from portal.services.credit_rows import Grant


def open_credits(
    session: Session,
    organization: Organization,
    group: BillingGroup,
    contract: Contract,
    terms: Terms,
    *,
    at: datetime,
    by: User | None,
) -> None:
    """Make the credits of a contract that is paid in advance, and ask for the money of the first ones.

    The first ones can be used from the first covered day on, which may lie before the term (A1).
    """
    if not terms.is_prepaid:
        return
    for place, part in enumerate(rules.installments(terms)):
        days = part.days if place else replace(part.days, starts_on=contract.terms.covers_from_on)
        wanted = Grant(kind=CreditKind.PREPAID, total=part.total, days=days)
        credit = credit_rows.add(session, group, wanted, subscription=contract.subscription, at=at, by=by)
        if place == 0:
            _ask(session, organization, credit, contract.terms, at=at)


def ask_for_begun(session: Session, *, at: datetime) -> int:
    """Ask for the money of the later years that have begun by `at`; returns how many. A second call asks for none."""
    unasked = session.execute(
        select(Credit, Organization)
        .join(Organization, Organization.id == Credit.organization_id)
        .join(CreditTerms, (CreditTerms.credit_id == Credit.id) & credit_rows.is_newest())
        .outerjoin(Payment, Payment.credit_id == Credit.id)
        .where(
            Credit.subscription_id.is_not(None),
            CreditTerms.starts_on <= at.date(),
            CreditTerms.voided.is_(False),
            Payment.id.is_(None),
        )
        .order_by(Credit.id)
        .with_for_update(of=Organization, key_share=True)
    ).all()
    for credit, organization in unasked:
        if credit.subscription_id is not None:
            contract = contracts.with_id(session, credit.subscription_id)
            _ask(session, organization, credit, contract.terms, at=at)
    return len(unasked)


def _ask(session: Session, organization: Organization, credit: Credit, terms: AgreedTerms, *, at: datetime) -> Payment:
    """The payment and tax invoice of prepaid credits: net = credits × unit price, on payment terms."""
    profile = billing_profiles.current(session, credit.billing_group_id)
    if profile is None:
        raise Refusal("The organization has no billing address, so its taxes are not known.")
    bought = Money(credit.total_cents, USD)
    assessment = settling.assess_net(bought.at_price(terms.unit_price, terms.currency), profile, at.date())
    if assessment.total.minor > rating.HIGHEST_INVOICE_CENTS:
        raise Refusal(f"A total of {assessment.total} {terms.currency} is more than an invoice can hold.")
    payment = Payment(
        organization_id=organization.id,
        billing_group_id=credit.billing_group_id,
        billing_profile_id=profile.id,
        subscription_id=credit.subscription_id,
        credit_id=credit.id,
        purpose=Purpose.PREPAYMENT,
        position=1,
        method=Method.PREPAID,
        status=PaymentStatus.INVOICED,
        usage_cents=0,
        billed_cents=bought.minor,
        unit_price=terms.unit_price,
        currency=terms.currency,
        net_minor=assessment.net.minor,
        tax_minor=assessment.tax.minor,
        total_minor=assessment.total.minor,
        tax_note=assessment.note,
        collect_on=None,
        due_on=invoicing.due_on(
            Method.ELASTIC, at.date(), terms_days=catalogues.load(organization.catalogue).payment_terms_days
        ),
        explain={"credits": str(bought)},
        created_at=at,
    )
    session.add(payment)
    session.flush()
    session.add_all(
        PaymentTax(
            payment_id=payment.id,
            position=position,
            name=tax.name,
            rate=tax.rate,
            base_minor=tax.base.minor,
            amount_minor=tax.amount.minor,
        )
        for position, tax in enumerate(assessment.taxes, start=1)
    )
    session.flush()
    issuing.issue_tax_invoice(session, payment, at=at)
    return payment
