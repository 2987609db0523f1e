"""What decides whether organizations can be linked, read for many at once: one query a table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.invoicing import CHARGED, PaymentStatus
from portal.domain.linking import Applicant
from portal.domain.methods import SubscriptionType
from portal.domain.periods import Days, Month
from portal.models.billing_groups import BillingGroup
from portal.models.credit_rows import Credit, CreditTerms
from portal.models.links import Link
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.models.subscriptions import AgreedTerms, Subscription
from portal.services import balances, billing_overview, contracts, credit_rows, support_histories


def of(session: Session, organization_ids: Collection[int], *, on: date) -> Mapping[int, Applicant]:
    """Each of the organizations as it stands on the day `on`; what they have of the running month counts whole."""
    since_on = Month.of(on).first_on
    found = session.scalars(select(Organization).where(Organization.id.in_(organization_ids))).all()
    links = session.execute(
        select(Link.payer_id, Link.linked_id).where(
            Link.ended_at.is_(None), or_(Link.payer_id.in_(organization_ids), Link.linked_id.in_(organization_ids))
        )
    ).all()
    pays_for, is_linked = Counter(payer for payer, _ in links), {linked for _, linked in links}
    sold = _contracts(session, organization_ids, since_on)
    with_credits = _with_credits(session, organization_ids, since_on)
    with_groups, owing = _with_groups(session, organization_ids), _owing(session, organization_ids, on)
    plans = support_histories.of(session, found)
    return {
        one.id: Applicant(
            name=one.name,
            catalogue=one.catalogue,
            pays_for=pays_for[one.id],
            is_linked=one.id in is_linked,
            has_contract=any(on in days for _, days in sold[one.id]),
            has_own_contract=bool(sold[one.id]),
            goes_to_market=any(
                kind is SubscriptionType.MARKETPLACE and days.ends_before is None for kind, days in sold[one.id]
            ),
            has_credits=one.id in with_credits,
            has_own_plan=plans[one.id].history().has_own_since(since_on),
            has_groups=one.id in with_groups,
            owes=one.id in owing,
        )
        for one in found
    }


def _contracts(
    session: Session, organization_ids: Collection[int], since_on: date
) -> Mapping[int, list[tuple[SubscriptionType, Days]]]:
    """Type and covered days of the contracts that cover the day, or one after it."""
    sold: dict[int, list[tuple[SubscriptionType, Days]]] = defaultdict(list)
    for organization_id, kind, from_on, ends_before in session.execute(
        select(Subscription.organization_id, Subscription.type, AgreedTerms.covers_from_on, AgreedTerms.ends_before)
        .join(AgreedTerms, AgreedTerms.subscription_id == Subscription.id)
        .where(Subscription.organization_id.in_(organization_ids), contracts.is_newest())
        .where(or_(AgreedTerms.ends_before.is_(None), AgreedTerms.ends_before > since_on))
    ):
        sold[organization_id].append((kind, Days(from_on, ends_before)))
    return sold


def _with_credits(session: Session, organization_ids: Collection[int], since_on: date) -> frozenset[int]:
    """Who has credits that can be drawn on the day or later, and something left of them."""
    granted = session.execute(
        select(Credit.id, Credit.organization_id, Credit.total_cents)
        .join(CreditTerms, CreditTerms.credit_id == Credit.id)
        .where(Credit.organization_id.in_(organization_ids), credit_rows.is_newest())
        .where(CreditTerms.voided.is_(False), CreditTerms.ends_before > since_on)
    ).all()
    drawn = balances.of_credits(session, [credit_id for credit_id, _, _ in granted])
    return frozenset(
        organization_id
        for credit_id, organization_id, cents in granted
        if credit_id not in drawn or drawn[credit_id].minor < cents
    )


def _with_groups(session: Session, organization_ids: Collection[int]) -> frozenset[int]:
    """Who has billing groups beside the one without a name."""
    query = select(BillingGroup.organization_id).where(BillingGroup.name.is_not(None))
    return frozenset(session.scalars(query.where(BillingGroup.organization_id.in_(organization_ids))))


def _owing(session: Session, organization_ids: Collection[int], on: date) -> frozenset[int]:
    """Who has a payment that failed, is overdue, that nothing pays, or that is still to be charged (day 31 too)."""
    to_be_charged = Payment.method.in_(CHARGED) & (Payment.status == PaymentStatus.NEW) & (Payment.total_minor > 0)
    query = select(Payment.organization_id).where(Payment.organization_id.in_(organization_ids))
    return frozenset(session.scalars(query.where(billing_overview.needs_attention(on) | to_be_charged)))
