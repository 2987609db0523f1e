"""What the closed months took of each contract and billed for it: one query for every page that tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.models.invoices import Invoice
from portal.models.payments import Payment

_NOTHING = Money.zero(USD)


@dataclass(frozen=True, slots=True)
class SettledMonth:
    """A payment of a contract: what was used in the month and billed for it, in US dollars."""

    month: Month
    method: Method
    used: Money
    billed: Money


def of_subscriptions(session: Session, subscription_ids: Collection[int]) -> Mapping[int, Sequence[SettledMonth]]:
    """What was settled by each of the subscriptions, the oldest month first; one that settled nothing is left out."""
    if not subscription_ids:
        return {}
    found: dict[int, list[SettledMonth]] = defaultdict(list)
    rows = session.execute(
        select(Payment.subscription_id, Invoice.period_on, Payment.method, Payment.usage_cents, Payment.billed_cents)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Payment.subscription_id.in_(subscription_ids))
        .order_by(Invoice.period_on, Payment.position)
    )
    for subscription_id, period_on, method, used, billed in rows:
        if subscription_id is not None:
            one = SettledMonth(Month.of(period_on), method, Money(used, USD), Money(billed, USD))
            found[subscription_id].append(one)
    return found


def used(settled: Iterable[SettledMonth], *methods: Method) -> Money:
    """What was used by these methods, in US dollars."""
    return Money.total((one.used for one in settled if one.method in methods), USD)


def billed(settled: Iterable[SettledMonth], *methods: Method) -> Money:
    """What was billed by these methods, in US dollars."""
    return Money.total((one.billed for one in settled if one.method in methods), USD)


def used_by_month(settled: Iterable[SettledMonth]) -> Mapping[Month, Money]:
    """What was used in each month, whichever part of the contract took it."""
    sums: dict[Month, Money] = defaultdict(lambda: _NOTHING)
    for one in settled:
        sums[one.month] += one.used
    return dict(sums)


def billed_by_month(settled: Iterable[SettledMonth]) -> Mapping[Month, Money]:
    """What was billed in each month, whichever part of the contract took it."""
    sums: dict[Month, Money] = defaultdict(lambda: _NOTHING)
    for one in settled:
        sums[one.month] += one.billed
    return dict(sums)
