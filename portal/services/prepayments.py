"""Credits that are paid in advance: their rows, and the tax invoice that asks for the money (atlas 4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import contracts as rules
from portal.domain import invoicing
from portal.domain.contracts import Terms
from portal.domain.errors import Refusal
from portal.domain.invoicing import PaymentStatus
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.tax import Assessment
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import Credit, CreditKind, CreditTerms
from portal.models.organizations import Organization, User
from portal.models.payments import Payment, PaymentTax, Purpose
from portal.models.subscriptions import AgreedTerms
from portal.services import billing_profiles, booking, bulk, contracts, credit_rows, issuing, months, settling
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


def unasked(session: Session, *, on: date) -> Sequence[int]:
    """The ids of organizations of which a later year of a contract has begun by `on`, and nobody has asked for it."""
    return session.scalars(_unasked(on).with_only_columns(Credit.organization_id).order_by(None).distinct()).all()


def ask_for_begun(session: Session, organization_id: int, *, at: datetime) -> int:
    """Ask for the money of the organization's later years that have begun by `at`; returns how many.

    A second call asks for none, also where two ask at the same time: everything is read after the lock.
    """
    months.lock(session, organization_id)
    organization = session.get_one(Organization, organization_id)
    begun = session.scalars(_unasked(at.date()).where(Credit.organization_id == organization_id)).all()
    for credit in begun:
        assert credit.subscription_id is not None
        _ask(session, organization, credit, contracts.with_id(session, credit.subscription_id).terms, at=at)
    return len(begun)


def _unasked(on: date) -> Select[Credit]:
    return (
        select(Credit)
        .join(CreditTerms, (CreditTerms.credit_id == Credit.id) & credit_rows.is_newest())
        .where(
            Credit.subscription_id.is_not(None),
            CreditTerms.starts_on <= on,
            CreditTerms.voided.is_(False),
            ~select(Payment.id).where(Payment.credit_id == Credit.id).exists(),
        )
        .order_by(Credit.id)
    )


def _ask(session: Session, organization: Organization, credit: Credit, terms: AgreedTerms, *, at: datetime) -> None:
    """Write the payment and tax invoice of prepaid credits: net = credits × unit price, on payment terms."""
    profile = billing_profiles.current(session, credit.billing_group_id)
    if profile is None:
        raise Refusal("The organization has no billing address, so its taxes are not known.")
    net = Money(credit.total_cents, USD).at_price(terms.unit_price, terms.currency)
    assessment = settling.assess_net(net, profile, at.date())
    days = catalogues.load(organization.catalogue).payment_terms_days
    payment = _payment(credit, terms, assessment, terms_days=days, at=at)
    payment.billing_profile_id = profile.id
    session.add(payment)
    session.flush()
    bulk.write(session, PaymentTax, booking.TAX, [*booking.tax_rows(payment, assessment)])
    issuing.issue_tax_invoice(session, payment, at=at)


def _payment(credit: Credit, terms: AgreedTerms, assessment: Assessment, *, terms_days: int, at: datetime) -> Payment:
    return Payment(
        organization_id=credit.organization_id,
        billing_group_id=credit.billing_group_id,
        subscription_id=credit.subscription_id,
        credit_id=credit.id,
        purpose=Purpose.PREPAYMENT,
        position=1,
        method=Method.PREPAID,
        status=PaymentStatus.INVOICED,
        usage_cents=0,
        billed_cents=credit.total_cents,
        unit_price=terms.unit_price,
        currency=terms.currency,
        net_minor=assessment.net.minor,
        tax_minor=assessment.tax.minor,
        total_minor=assessment.total.minor,
        tax_note=assessment.note,
        # Whatever buys credits is paid by transfer, on the terms of what is billed elastically.
        due_on=invoicing.due_on(Method.ELASTIC, at.date(), terms_days=terms_days),
        explain={"credits": str(Money(credit.total_cents, USD))},
        created_at=at,
    )
