"""Issues the tax invoice of a payment: a row, a number and a frozen document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.invoicing import PaymentStatus
from portal.models.documents import DocumentKind, TaxInvoice
from portal.models.invoices import Invoice
from portal.models.payments import Payment
from portal.services import freezing, numbers, tax_invoice_mail


def issue_tax_invoice(session: Session, payment: Payment, *, at: datetime) -> TaxInvoice | None:
    """Issue the payment's tax invoice on the day of `at`; none without an amount (AMB-9), none a second time."""
    if not payment.total_minor or tax_invoice_of(session, payment):
        return None
    entity = catalogues.load_seller().entity
    number = numbers.take(
        session,
        DocumentKind.TAX_INVOICE,
        legal_entity=entity.key,
        prefix=entity.tax_invoice_prefix,
        year=at.year,
    )
    invoice = session.get_one(Invoice, payment.invoice_id) if payment.invoice_id else None
    tax_invoice = TaxInvoice(
        organization_id=payment.organization_id,
        payment_id=payment.id,
        number=number,
        period_on=invoice.period_on if invoice else None,
        issued_on=at.date(),
        due_on=max(payment.due_on or at.date(), at.date()),
        currency=payment.currency,
        net_minor=payment.net_minor,
        tax_minor=payment.tax_minor,
        total_minor=payment.total_minor,
    )
    session.add(tax_invoice)
    session.flush()
    freezing.freeze_tax_invoice(session, tax_invoice, payment, at=at)
    tax_invoice_mail.post(session, tax_invoice, payment, at=at)
    return tax_invoice


def issue_waiting(session: Session, *, at: datetime, organization_id: int) -> int:
    """Issue what waited for the end of the first 30 days of use (atlas 5); returns how many were issued."""
    payments = waiting(session, at.date(), organization_id=organization_id)
    for payment in payments:
        issue_tax_invoice(session, payment, at=at)
    return len(payments)


def waiting(session: Session, on: date, *, organization_id: int | None = None) -> Sequence[Payment]:
    """Payments whose wait is over on `on`, and which have no tax invoice yet."""
    query = (
        select(Payment)
        .outerjoin(TaxInvoice, TaxInvoice.payment_id == Payment.id)
        .where(
            Payment.status == PaymentStatus.NEW,
            Payment.collect_on <= on,
            Payment.total_minor > 0,
            TaxInvoice.id.is_(None),
        )
        .order_by(Payment.id)
    )
    if organization_id is not None:
        query = query.where(Payment.organization_id == organization_id)
    return session.scalars(query).all()


def tax_invoice_of(session: Session, payment: Payment) -> TaxInvoice | None:
    """The tax invoice of the payment, if it has been issued."""
    return session.scalar(select(TaxInvoice).where(TaxInvoice.payment_id == payment.id))
