"""Moves payments from status to status and keeps their invoices' statuses in step."""

from __future__ import annotations

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.invoicing import PaymentStatus, due_after, invoice_status
from portal.models.invoices import Invoice
from portal.models.links import PaymentShare
from portal.models.payments import Payment, Receipt
from portal.services import months

# Made once: whatever is paid asks them.
_OF_INVOICE = select(Payment.method, Payment.status).where(Payment.invoice_id == bindparam("invoice"))
_SHARING = select(PaymentShare.invoice_id).where(
    PaymentShare.payment_id == bindparam("payment"), PaymentShare.invoice_id != bindparam("own")
)
_SHARED_BY_INVOICE = (
    select(Payment.method, Payment.status)
    .join(PaymentShare, PaymentShare.payment_id == Payment.id)
    .where(PaymentShare.invoice_id == bindparam("invoice"))
    .where(or_(PaymentShare.usage_cents > 0, PaymentShare.billed_cents > 0))
)
_RECEIVED = select(func.coalesce(func.sum(Receipt.amount_minor), 0)).where(Receipt.payment_id == bindparam("payment"))


def hold(session: Session, payment: Payment) -> None:
    """Lock the payment's organization until the transaction ends, and read the payment as it is now."""
    months.lock(session, payment.organization_id)
    session.refresh(payment)


def move(session: Session, payment: Payment, status: PaymentStatus) -> None:
    """Set the payment's status, and by 7.7 those of its invoice and of the invoices that it has a share of."""
    payment.status = status
    if payment.invoice_id is None:
        return
    rows = session.execute(_OF_INVOICE, {"invoice": payment.invoice_id})
    session.get_one(Invoice, payment.invoice_id).status = invoice_status(rows)
    for invoice_id in session.scalars(_SHARING, {"payment": payment.id, "own": payment.invoice_id}).all():
        rows = session.execute(_SHARED_BY_INVOICE, {"invoice": invoice_id})
        session.get_one(Invoice, invoice_id).status = invoice_status(rows)


def due_minor(session: Session, payment: Payment) -> int:
    """What is still to be paid, in minor units of the payment's currency: the total less what was received."""
    received = session.scalar(_RECEIVED, {"payment": payment.id})
    return due_after(payment.status, total_minor=payment.total_minor, received_minor=int(received or 0))
