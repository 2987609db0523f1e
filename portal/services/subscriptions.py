"""Subscriptions: activating a contract, and what that does to the first 30 days of use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import carrying, contracts, first_use
from portal.domain.contracts import Terms
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.invoicing import CHARGED, PaymentStatus
from portal.domain.rating import NANO, PICO, LineKind
from portal.domain.settlement import SubscriptionType
from portal.models.billing_groups import BillingGroup
from portal.models.documents import TaxInvoice
from portal.models.invoices import InvoiceLine
from portal.models.organizations import Organization, User
from portal.models.payments import Draw, Payment
from portal.models.subscriptions import Subscription
from portal.services import history, months, statuses, usage
from portal.services.usage import NewUsage

AVAILABLE = frozenset({SubscriptionType.ELASTIC})
"""The types that can be activated so far."""


def activate(
    session: Session,
    organization: Organization,
    group: BillingGroup,
    terms: Terms,
    *,
    at: datetime,
    by: User | None = None,
) -> Subscription:
    """Begin a subscription on the day of `at`, or later where its terms say so; refused for impossible terms.

    Inside the first 30 days of use it also covers what is not invoiced yet from the first use on, and the payments
    that wait are cancelled: their usage is posted into the running month and billed by the subscription (A1).
    """
    months.lock(session, organization)
    if terms.type not in AVAILABLE:
        raise Refusal(f"A subscription of the type {terms.type} cannot be activated yet.")
    catalogue = catalogues.load(organization.catalogue)
    if terms.type not in catalogue.subscription_types:
        raise Refusal(f"{catalogue.title} has no subscription of the type {terms.type}.")
    contracts.check_terms(terms, applied_on=at.date())
    first_used_on = months.first_used_on(session, organization)
    covers_from_on = first_use.covers_from(
        first_used_on,
        applied_on=at.date(),
        starts_on=terms.starts_on,
        open_from=months.next_to_close(session, organization).first_on,
    )
    subscription = _keep(session, group, terms, covers_from_on=covers_from_on, at=at)
    history.record(session, organization, Event.PREPAID_PLAN_ACTIVATED, at=at, by=by)
    if terms.starts_on == at.date() and first_use.is_inside(first_used_on, at.date()):
        _carry_waiting_payments(session, group, at=at)
    return subscription


def _keep(session: Session, group: BillingGroup, terms: Terms, *, covers_from_on: date, at: datetime) -> Subscription:
    subscription = Subscription(
        organization_id=group.organization_id,
        billing_group_id=group.id,
        type=terms.type,
        starts_on=terms.starts_on,
        covers_from_on=covers_from_on,
        ends_before=terms.ends_before,
        months=terms.months,
        elastic=True,
        currency=terms.currency,
        unit_price=terms.unit_price,
        elastic_unit_price=terms.elastic_unit_price,
        activated_at=at,
    )
    session.add(subscription)
    session.flush()
    return subscription


def _carry_waiting_payments(session: Session, group: BillingGroup, *, at: datetime) -> None:
    """Cancel what waits for day 31, and post its usage into the running month.

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
        )
        .order_by(Payment.id)
    ).all()
    for payment in waiting:
        usage.post(session, list(_carried_usage(session, payment, posted_on=at.date())))
        statuses.move(session, payment, PaymentStatus.CANCELLED)
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
