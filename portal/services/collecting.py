"""Collects what is owed: charges to the payment method on file, and transfers received."""

# A charge has two halves, so that no gateway is asked inside a transaction: `begin_charge` writes the attempt down, the
# caller commits and asks the gateway, `record_answer` writes down what it said. A process killed in between finds the
# attempt among `unanswered` and asks again with the same key, which charges nothing twice.

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.domain import collection
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.invoicing import CHARGED, DUE_AT_CLOSE, FAILED, PaymentStatus
from portal.domain.methods import Method, PaymentMethodKind
from portal.gateways.payments import ChargeAnswer, ChargeRequest
from portal.models.billing_groups import PaymentMethod
from portal.models.documents import TaxInvoice
from portal.models.payments import Charge, Payment, Receipt
from portal.services import history, settling, statuses


def due_for_charge(session: Session, on: date, *, organization_id: int | None = None) -> Sequence[Payment]:
    """Payments to be charged on `on`: collectible for the first time, or declined and due for another try."""
    last_tried, first_tried = func.max(Charge.requested_at), func.min(Charge.requested_at)
    candidates = (
        select(Payment, first_tried, last_tried)
        .outerjoin(Charge, Charge.payment_id == Payment.id)
        .where(
            Payment.method.in_(CHARGED),
            Payment.status.in_({PaymentStatus.NEW, *FAILED}),
            Payment.collect_on <= on,
            Payment.total_minor > 0,
        )
        .group_by(Payment.id)
        .order_by(Payment.id)
    )
    if organization_id is not None:
        candidates = candidates.where(Payment.organization_id == organization_id)
    return [payment for payment, first, last in session.execute(candidates) if _is_due(first, last, on)]


def open_for_retry(session: Session, billing_group_id: int, on: date) -> Sequence[Payment]:
    """What a working payment method or a retry pays at once: everything failed, and everything unpaid (10)."""
    return session.scalars(
        select(Payment)
        .where(
            Payment.billing_group_id == billing_group_id,
            or_(
                Payment.status.in_(FAILED),
                (Payment.method == Method.UNPAID) & (Payment.status == PaymentStatus.NEW),
            ),
            or_(Payment.collect_on.is_(None), Payment.collect_on <= on),
            Payment.total_minor > 0,
        )
        .order_by(Payment.id)
    ).all()


def begin_charge(session: Session, payment: Payment, *, at: datetime) -> Charge | None:
    """Write down an attempt to charge the open amount; None where no payment method is on file or nothing is open.

    An attempt whose answer is not known yet is taken up again. A payment without a method on file fails, because its
    money was to be taken and cannot be.
    """
    statuses.hold(session, [payment])
    open_attempt = session.scalar(select(Charge).where(Charge.payment_id == payment.id, Charge.answered_at.is_(None)))
    if open_attempt:
        return open_attempt
    amount = statuses.due_minor(session, payment)
    if amount <= 0:
        return None
    method = settling.payment_method(session, payment.billing_group_id)
    if method is None:
        if payment.method in CHARGED and payment.status is PaymentStatus.NEW:
            statuses.move(session, [payment], PaymentStatus.FAILED)
        return None
    attempt = session.scalar(select(func.count()).where(Charge.payment_id == payment.id)) or 0
    charge = Charge(
        payment_id=payment.id,
        attempt=attempt + 1,
        key=f"{payment.hex_id}-{attempt + 1}",
        payment_method_id=method.id,
        amount_minor=amount,
        currency=payment.currency,
        requested_at=at,
    )
    session.add(charge)
    session.flush()
    return charge


def request_of(session: Session, charge: Charge) -> ChargeRequest:
    """What to ask the gateway for this attempt."""
    method = session.get_one(PaymentMethod, charge.payment_method_id)
    number = session.scalar(select(TaxInvoice.number).where(TaxInvoice.payment_id == charge.payment_id))
    return ChargeRequest(
        key=charge.key,
        token=method.token,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        description=f"Tax invoice {number}",
    )


def unanswered(session: Session) -> Sequence[Charge]:
    """Attempts that were written down and whose answer is not known."""
    return session.scalars(select(Charge).where(Charge.answered_at.is_(None)).order_by(Charge.id)).all()


def record_answer(session: Session, charge: Charge, answer: ChargeAnswer, *, at: datetime) -> None:
    """Write down what the gateway said; an attempt that has its answer keeps it.

    A payment that was paid or given up while the gateway was asked does not fail because of a decline.
    """
    payment = session.get_one(Payment, charge.payment_id)
    statuses.hold(session, [payment])
    session.refresh(charge)
    if charge.answered_at is not None:
        return
    charge.answered_at, charge.succeeded = at, answer.succeeded
    charge.gateway_reference, charge.reason = answer.reference, answer.reason
    if answer.succeeded:
        due_minor, reference = statuses.due_minor(session, payment), f"charge {charge.key}"
        _receive(session, payment, charge.amount_minor, due_minor=due_minor, reference=reference, at=at, charge=charge)
    elif payment.method in CHARGED and payment.status is PaymentStatus.NEW:
        statuses.move(session, [payment], PaymentStatus.FAILED)
    kind = session.get_one(PaymentMethod, charge.payment_method_id).kind
    history.record(
        session,
        payment.organization_id,
        _event(kind, answer.succeeded),
        at=at,
        detail=answer.reason or "",
        payment=payment,
    )


def record_transfer(session: Session, payment: Payment, amount_minor: int, *, reference: str, at: datetime) -> None:
    """Write down money that came by bank transfer; the same `reference` counts once for a payment."""
    statuses.hold(session, [payment])
    if session.scalar(select(Receipt.id).where(Receipt.payment_id == payment.id, Receipt.reference == reference)):
        return
    if amount_minor <= 0:
        raise Refusal("A transfer brings an amount above 0.")
    due_minor = statuses.due_minor(session, payment)
    if amount_minor > due_minor:
        raise Refusal("More was received than is due.")
    _receive(session, payment, amount_minor, due_minor=due_minor, reference=reference, at=at)
    history.record(session, payment.organization_id, Event.WIRE_TRANSFER_PAYMENT_RECEIVED, at=at, payment=payment)


def record_full_transfers(session: Session, payments: Sequence[Payment], *, at: datetime) -> None:
    """Write down for each of the payments that all that is due of it came by a bank transfer of its own."""
    statuses.hold(session, payments)
    dues = statuses.dues_minor(session, payments)
    paid = [payment for payment in payments if dues[payment.id] > 0]
    session.add_all(
        Receipt(
            payment_id=payment.id,
            reference=f"transfer {payment.hex_id}",
            amount_minor=dues[payment.id],
            received_at=at,
        )
        for payment in paid
    )
    statuses.move(session, paid, PaymentStatus.PAID)
    for payment in paid:
        history.record(session, payment.organization_id, Event.WIRE_TRANSFER_PAYMENT_RECEIVED, at=at, payment=payment)


def _receive(
    session: Session,
    payment: Payment,
    amount_minor: int,
    *,
    due_minor: int,
    reference: str,
    at: datetime,
    charge: Charge | None = None,
) -> None:
    """Write the receipt; `due_minor` is what was to be paid before it."""
    session.add(
        Receipt(
            payment_id=payment.id,
            charge_id=charge.id if charge else None,
            reference=reference,
            amount_minor=amount_minor,
            received_at=at,
        )
    )
    if amount_minor >= due_minor:
        statuses.move(session, [payment], PaymentStatus.PAID)
    elif payment.method not in DUE_AT_CLOSE:
        statuses.move(session, [payment], PaymentStatus.PARTIAL_PAID)


def _is_due(first_tried_at: datetime | None, last_tried_at: datetime | None, on: date) -> bool:
    if first_tried_at is None or last_tried_at is None:
        return True
    next_on = collection.next_try_on(first_tried_at.date(), last_tried_at.date())
    return next_on is not None and next_on <= on


def _event(kind: PaymentMethodKind, succeeded: bool) -> Event:
    if kind is PaymentMethodKind.PAYPAL:
        return Event.PAYPAL_CHARGE_SUCCEEDED if succeeded else Event.PAYPAL_CHARGE_FAILED
    return Event.CHARGE_SUCCEEDED if succeeded else Event.CHARGE_FAILED
