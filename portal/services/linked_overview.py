"""What the page of linked organizations shows: who is linked, what they use, and the invoices that were paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain import rating
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Month
from portal.models.billing_groups import BillingGroup
from portal.models.invoices import Invoice
from portal.models.links import Link, PaymentShare
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import families
from portal.services import rating as rating_service

MOST_INVOICES = 100


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """An organization that is paid for, and its usage of the running month so far."""

    link: Link
    organization: Organization
    usage: Money


@dataclass(frozen=True, slots=True)
class LinkedInvoice:
    """An invoice of another organization, and what of one's own payments stands on it, in US dollars."""

    invoice: Invoice
    organization: Organization
    billed: Money


def linked_rows(session: Session, payer: Organization, *, on: date) -> Sequence[LinkedRow]:
    """Whom the organization pays for, with what each used in the month of `on` up to and including that day."""
    linked = families.linked_to(session, payer)
    if not linked:
        return []
    ids = [one.organization.id for one in linked]
    groups = session.execute(
        select(BillingGroup.organization_id, BillingGroup.id).where(BillingGroup.organization_id.in_(ids))
    )
    rated = rating_service.rated_lines(session, ids, Month.of(on), until=on + ONE_DAY)
    cents = {organization_id: rating.total_cents(rated.get(group_id, ())) for organization_id, group_id in groups}
    return [LinkedRow(one.link, one.organization, Money(cents[one.organization.id], USD)) for one in linked]


def invoices_paid(session: Session, payer: Organization) -> Sequence[LinkedInvoice]:
    """Invoices of others that the organization paid for, of those that left too; the newest, at most a hundred."""
    ever_linked = select(Link.linked_id).where(Link.payer_id == payer.id)
    billed = (
        select(func.sum(PaymentShare.billed_cents))
        .join(Payment, Payment.id == PaymentShare.payment_id)
        .where(PaymentShare.invoice_id == Invoice.id, Payment.organization_id == payer.id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    found = session.execute(
        select(Invoice, Organization, billed)
        .join(Organization, Organization.id == Invoice.organization_id)
        .where(Invoice.organization_id.in_(ever_linked), billed.is_not(None))
        .order_by(Invoice.period_on.desc(), Invoice.id.desc())
        .limit(MOST_INVOICES)
    )
    return [LinkedInvoice(invoice, organization, Money(int(cents), USD)) for invoice, organization, cents in found]
