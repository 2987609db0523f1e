"""Moves payments from status to status and keeps their invoices' statuses in step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.invoicing import PaymentStatus, due_after, invoice_status
from portal.domain.methods import Method
from portal.models.invoices import Invoice
from portal.models.links import PaymentShare
from portal.models.payments import Payment, Receipt
from portal.services import months

# Made once: whatever is paid asks them.
_OF_INVOICES = select(Payment.invoice_id, Payment.method, Payment.status).where(
    Payment.invoice_id.in_(bindparam("invoices", expanding=True))
)
_SHARING = select(PaymentShare.invoice_id).where(PaymentShare.payment_id.in_(bindparam("payments", expanding=True)))
_SHARED_BY_INVOICES = (
    select(PaymentShare.invoice_id, Payment.method, Payment.status)
    .join(Payment, Payment.id == PaymentShare.payment_id)
    .where(PaymentShare.invoice_id.in_(bindparam("invoices", expanding=True)))
    .where(or_(PaymentShare.usage_cents > 0, PaymentShare.billed_cents > 0))
)
_RECEIVED = (
    select(Receipt.payment_id, func.sum(Receipt.amount_minor))
    .where(Receipt.payment_id.in_(bindparam("payments", expanding=True)))
    .group_by(Receipt.payment_id)
)
_INVOICES = select(Invoice).where(Invoice.id.in_(bindparam("invoices", expanding=True)))
_AS_THEY_ARE = select(Payment).where(Payment.id.in_(bindparam("payments", expanding=True)))


def hold(session: Session, payments: Sequence[Payment]) -> None:
    """Lock the payments' organizations until the transaction ends, and read the payments as they are now."""
    months.lock_all(session, {payment.organization_id for payment in payments})
    session.execute(_AS_THEY_ARE, _named(payments), execution_options={"populate_existing": True}).all()


def move(session: Session, payments: Sequence[Payment], status: PaymentStatus) -> None:
    """Set the payments' status, and by 7.7 those of their invoices and of the invoices that they have shares of."""
    for payment in payments:
        payment.status = status
    own = {payment.invoice_id for payment in payments if payment.invoice_id is not None}
    if not own:
        return
    sharing = set(session.scalars(_SHARING, _named(payments))) - own
    _follow(session, own, session.execute(_OF_INVOICES, {"invoices": [*own]}))
    _follow(session, sharing, session.execute(_SHARED_BY_INVOICES, {"invoices": [*sharing]}) if sharing else ())


def due_minor(session: Session, payment: Payment) -> int:
    """What is still to be paid, in minor units of the payment's currency: the total less what was received."""
    return dues_minor(session, [payment])[payment.id]


def dues_minor(session: Session, payments: Sequence[Payment]) -> Mapping[int, int]:
    """`due_minor` of each of the payments, by their keys."""
    received = {payment_id: int(paid) for payment_id, paid in session.execute(_RECEIVED, _named(payments))}
    return {
        one.id: due_after(one.status, total_minor=one.total_minor, received_minor=received.get(one.id, 0))
        for one in payments
    }


def _named(payments: Sequence[Payment]) -> Mapping[str, Sequence[int]]:
    return {"payments": [payment.id for payment in payments]}


def _follow(session: Session, invoice_ids: Collection[int], rows: Iterable[Row[int, Method, PaymentStatus]]) -> None:
    """Set the status of each of the invoices; `rows` are what is to be paid for them."""
    standing: dict[int, list[tuple[Method, PaymentStatus]]] = {id_: [] for id_ in invoice_ids}
    for invoice_id, method, status in rows:
        standing[invoice_id].append((method, status))
    for invoice in session.scalars(_INVOICES, {"invoices": [*invoice_ids]}) if invoice_ids else ():
        invoice.status = invoice_status(standing[invoice.id])
