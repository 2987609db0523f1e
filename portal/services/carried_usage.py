"""What waits for the end of the first 30 days of use, and is taken over by a contract instead (atlas 5, A1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain import carrying
from portal.domain.events import Event
from portal.domain.invoicing import CHARGED, PaymentStatus
from portal.domain.money import USD, Money
from portal.domain.rating import NANO, PICO, LineKind
from portal.models.billing_groups import BillingGroup
from portal.models.documents import TaxInvoice
from portal.models.invoices import InvoiceLine
from portal.models.links import PaymentShare
from portal.models.payments import Draw, Payment
from portal.models.support_choices import CarriedSupport
from portal.services import history, statuses, usage
from portal.services.usage import NewUsage


def carry_waiting(session: Session, group: BillingGroup, *, at: datetime) -> None:
    """Cancel what waits for day 31, and post its usage and its support charges into the running month.

    What has its tax invoice waits no longer, even where this activation began a moment before day 31.
    """
    waiting = session.scalars(
        select(Payment)
        .outerjoin(TaxInvoice, TaxInvoice.payment_id == Payment.id)
        .where(
            Payment.billing_group_id == group.id,
            Payment.status == PaymentStatus.NEW,
            Payment.method.in_(CHARGED),
            Payment.collect_on > at.date(),
            TaxInvoice.id.is_(None),
            # What linked organizations used of it is not the customer's to be posted again.
            ~select(PaymentShare.payment_id).where(PaymentShare.payment_id == Payment.id).exists(),
        )
        .order_by(Payment.id)
    ).all()
    for payment in waiting:
        usage.post(session, list(_carried_usage(session, payment, posted_on=at.date())))
        session.add_all(_carried_support(session, payment, posted_on=at.date()))
        statuses.move(session, [payment], PaymentStatus.CANCELLED)
        history.record(session, payment.organization_id, Event.PAYMENT_CANCELLED, at=at, payment=payment)


def _carried_usage(session: Session, payment: Payment, *, posted_on: date) -> Iterator[NewUsage]:
    """The payment's part of the invoice's lines as new usage: amounts at a unit price of 1, so that no cent moves."""
    by_day: dict[date, list[tuple[InvoiceLine, int]]] = defaultdict(list)
    for line in session.scalars(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id == payment.invoice_id, InvoiceLine.kind == LineKind.USAGE)
        .order_by(InvoiceLine.id)
    ):
        by_day[line.posted_on].append((line, line.amount_cents))
    count = 0
    for draw, above in _draws(session, payment):
        for line, cents in carrying.share_of(by_day[draw.posted_on], skip=above, take=draw.amount_cents):
            count += 1
            yield _as_usage(payment, line, cents, count, posted_on)


def _carried_support(session: Session, payment: Payment, *, posted_on: date) -> Iterator[CarriedSupport]:
    """The payment's support charges by provider, and what it bore of a missing minimum."""
    drawn = session.execute(
        select(Draw.provider, func.sum(Draw.amount_cents))
        .where(Draw.payment_id == payment.id, Draw.kind == LineKind.SUPPORT)
        .group_by(Draw.provider)
        .order_by(Draw.provider)
    ).all()
    missing = Money.of(payment.explain.get("shortfall", "0"), USD).minor
    for provider, cents in [*drawn, *([(None, missing)] if missing else [])]:
        yield CarriedSupport(
            organization_id=payment.organization_id,
            payment_id=payment.id,
            posted_on=posted_on,
            provider=provider,
            amount_cents=int(cents),
        )


def _draws(session: Session, payment: Payment) -> list[tuple[Draw, int]]:
    """Each day whose usage the payment drew from, and what payments above it had drawn from that day."""
    usage_of_a_day = Draw.kind == LineKind.USAGE
    above = (
        select(Draw.posted_on, func.sum(Draw.amount_cents))
        .join(Payment, Payment.id == Draw.payment_id)
        .where(Payment.invoice_id == payment.invoice_id, Payment.position < payment.position, usage_of_a_day)
        .group_by(Draw.posted_on)
    )
    drawn_above = {day: int(cents) for day, cents in session.execute(above)}
    draws = session.scalars(select(Draw).where(Draw.payment_id == payment.id, usage_of_a_day).order_by(Draw.posted_on))
    return [(draw, drawn_above.get(draw.posted_on, 0)) for draw in draws]


def _as_usage(payment: Payment, line: InvoiceLine, cents: int, count: int, posted_on: date) -> NewUsage:
    if line.project_id is None:
        raise ValueError(f"line {line.id} belongs to no project")
    return NewUsage(
        organization_id=payment.organization_id,
        project_id=line.project_id,
        service=line.service,
        sku=line.sku,
        provider=line.provider,
        used_on=line.used_on,
        posted_on=posted_on,
        quantity_nano=cents * NANO // 100,
        unit="USD",
        unit_price_pico=PICO,
        external_id=f"carried:{payment.hex_id}:{count}",
        carried_from_id=payment.id,
    )
