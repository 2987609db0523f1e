"""What of a person's organizations needs attention: payments, contracts that end, and how an organization stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain import delinquency, invoicing
from portal.domain.delinquency import Standing
from portal.domain.money import Money
from portal.domain.periods import ONE_DAY
from portal.models.payments import Payment, Receipt
from portal.models.subscriptions import AgreedTerms, Subscription
from portal.services import contracts
from portal.services.billing_overview import needs_attention
from portal.services.delinquency import OPEN, owed_since
from portal.services.invoices import by_currency

SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Needs:
    """What one organization needs: how many payments and how much for them, one amount a currency.

    `ends_on` is the last day of a subscription that ends within 60 days with no other one to follow it.
    """

    standing: Standing
    payments: int
    due: tuple[Money, ...]
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class _Open:
    """A payment that still bears money."""

    due: Money
    owed_since: date
    needs_attention: bool


def needs_of(session: Session, organization_ids: Collection[int], *, on: date) -> Mapping[int, Needs]:
    """What each of the organizations needs on the day `on`, in two queries however many they are."""
    still_open = _open_payments(session, organization_ids, on)
    ends = _ends(session, organization_ids, on)
    return {key: _needs(still_open.get(key, ()), ends.get(key), on) for key in organization_ids}


def _needs(payments: Sequence[_Open], ends_on: date | None, on: date) -> Needs:
    pressing = [payment.due for payment in payments if payment.needs_attention]
    standing = delinquency.standing((payment.owed_since for payment in payments), on)
    return Needs(standing, len(pressing), by_currency(pressing), ends_on)


def _open_payments(session: Session, organization_ids: Collection[int], on: date) -> Mapping[int, Sequence[_Open]]:
    received = func.coalesce(func.sum(Receipt.amount_minor), 0)
    found: dict[int, list[_Open]] = defaultdict(list)
    for payment, paid, is_pressing in session.execute(
        select(Payment, received, needs_attention(on))
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(Payment.organization_id.in_(organization_ids), Payment.status.in_(OPEN), Payment.total_minor > 0)
        .group_by(Payment.id)
        .order_by(Payment.id)
    ):
        due = invoicing.due_after(payment.status, total_minor=payment.total_minor, received_minor=int(paid))
        since = owed_since(payment.method, closed_on=payment.created_at.date(), due_on=payment.due_on)
        found[payment.organization_id].append(_Open(Money(due, payment.currency), since, bool(is_pressing)))
    return found


def _ends(session: Session, organization_ids: Collection[int], on: date) -> Mapping[int, date]:
    following, agreed = aliased(Subscription), aliased(AgreedTerms)
    is_followed = (
        select(following.id)
        .join(agreed, agreed.subscription_id == following.id)
        .where(
            following.billing_group_id == Subscription.billing_group_id,
            contracts.is_newest(agreed),
            agreed.covers_from_on <= AgreedTerms.ends_before,
            or_(agreed.ends_before.is_(None), agreed.ends_before > AgreedTerms.ends_before),
        )
        .exists()
    )
    rows = session.execute(
        select(Subscription.organization_id, func.min(AgreedTerms.ends_before))
        .join(AgreedTerms, AgreedTerms.subscription_id == Subscription.id)
        .where(
            Subscription.organization_id.in_(organization_ids),
            contracts.is_newest(),
            AgreedTerms.covers_from_on <= on,
            AgreedTerms.ends_before > on,
            AgreedTerms.ends_before <= on + SOON + ONE_DAY,
            ~is_followed,
        )
        .group_by(Subscription.organization_id)
    )
    return {organization_id: ends_before - ONE_DAY for organization_id, ends_before in rows if ends_before}
