"""Balances of commitments and credits: what the closed months took of them and billed for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.models.among import among
from portal.models.payments import Draw, Payment, Purpose

_NOTHING = Money.zero(USD)
_OF_COMMITMENTS = (
    Method.MONTHLY_COMMITMENT,
    Method.FLEX_COMMITMENT,
    Method.GCP_COMMITMENT,
    Method.GCP_ELASTIC,
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What a commitment took (`used`) and what was billed for it, in US dollars; `beyond` is used beyond all of it."""

    used: Money = _NOTHING
    billed: Money = _NOTHING
    beyond: Money = _NOTHING


def of_commitments(session: Session, subscription_ids: Collection[int]) -> Mapping[int, Balance]:
    """The balances of the subscriptions' commitments that any closed month touched."""
    if not subscription_ids:
        return {}
    rows = session.execute(
        select(Payment.subscription_id, Payment.method, func.sum(Payment.usage_cents), func.sum(Payment.billed_cents))
        .where(
            among(Payment.subscription_id, subscription_ids),
            Payment.purpose == Purpose.USAGE,
            Payment.method.in_(_OF_COMMITMENTS),
        )
        .group_by(Payment.subscription_id, Payment.method)
    )
    balances: dict[int, Balance] = defaultdict(Balance)
    for subscription_id, method, used, billed in rows:
        if subscription_id is None:
            continue
        taken = Money(int(used), USD), Money(int(billed), USD)
        balances[subscription_id] = after(balances[subscription_id], method, used=taken[0], billed=taken[1])
    return balances


def after(balance: Balance, method: Method, *, used: Money, billed: Money) -> Balance:
    """The balance once a payment of `method` took `used` and was billed `billed`."""
    if method is Method.GCP_ELASTIC:
        return Balance(balance.used, balance.billed, balance.beyond + used)
    return Balance(balance.used + used, balance.billed + billed, balance.beyond)


def of_credits(session: Session, credit_ids: Collection[int]) -> Mapping[int, Money]:
    """What closed months drew of each of the credits, in US dollars; credits that nothing was drawn of are left out."""
    if not credit_ids:
        return {}
    rows = session.execute(
        select(Draw.credit_id, func.sum(Draw.amount_cents))
        .where(among(Draw.credit_id, credit_ids))
        .group_by(Draw.credit_id)
    )
    return {credit_id: Money(int(cents), USD) for credit_id, cents in rows if credit_id is not None}
