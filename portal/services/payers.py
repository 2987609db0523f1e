"""Who pays in a month: contracts, credits and the payment method on file as sources, in drawing order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain

from sqlalchemy.orm import Session

from portal.domain import commitments, drawing
from portal.domain.commitments import Commitment
from portal.domain.drawing import Source
from portal.domain.methods import Method, SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import Days, Month
from portal.models.billing_groups import PaymentMethod
from portal.services import balances, contracts, credit_rows
from portal.services.balances import Balance
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow

_NOTHING = Money.zero(USD)


@dataclass(frozen=True, slots=True)
class Funds:
    """What a billing group can draw from in a month beside its payment method, and what earlier months took of it."""

    contracts: Sequence[Contract] = ()
    credits: Sequence[CreditRow] = ()
    commitments: Mapping[int, Balance] = field(default_factory=dict)
    drawn: Mapping[int, Money] = field(default_factory=dict)


def funds_of(session: Session, billing_group_ids: Collection[int], month: Month) -> Mapping[int, Funds]:
    """The funds of each of the billing groups in `month`, in a query a table."""
    agreed = contracts.of_groups(session, billing_group_ids, month)
    granted = credit_rows.of_groups(session, billing_group_ids, month)
    committing = [one.subscription.id for one in chain.from_iterable(agreed.values()) if one.terms.commitment_cents]
    committed = balances.of_commitments(session, committing)
    drawn = balances.of_credits(session, [one.credit.id for one in chain.from_iterable(granted.values())])
    return {
        group_id: Funds(agreed.get(group_id, ()), granted.get(group_id, ()), committed, drawn)
        for group_id in {*agreed, *granted}
    }


def in_order(funds: Funds | None, method: PaymentMethod | None, month: Month) -> list[Source]:
    """The sources of `month` as they are drawn; the payment method on file (or nobody) takes what is left (6.2)."""
    last = Source(method=Method(method.kind) if method else Method.UNPAID, days=Days(month.first_on))
    return [*drawing.in_drawing_order(_sources(funds or Funds(), month)), last]


def _sources(funds: Funds, month: Month) -> Iterator[Source]:
    for contract in funds.contracts:
        balance = funds.commitments.get(contract.subscription.id, Balance())
        yield from _OF_TYPE[contract.subscription.type](contract, balance, month)
    for row in funds.credits:
        yield _credit(row, funds.drawn.get(row.credit.id, _NOTHING))


def _credit(row: CreditRow, drawn: Money) -> Source:
    credit = row.credit
    return Source(
        method=Method(credit.kind),
        days=row.days,
        capacity=max(Money(credit.total_cents, USD) - drawn, _NOTHING),
        subscription_id=credit.subscription_id,
        credit_id=credit.id,
        priority=credit.priority,
        made_at=credit.granted_at,
    )


def _elastic(contract: Contract, _: Balance, __: Month) -> Iterator[Source]:
    yield Source(
        method=Method.ELASTIC,
        days=contract.covers,
        currency=contract.terms.currency,
        unit_price=contract.terms.elastic_unit_price,
        subscription_id=contract.subscription.id,
        made_at=contract.subscription.activated_at,
    )


def _elastic_beyond(contract: Contract) -> Iterator[Source]:
    """Where it is agreed, elastic billing takes what goes beyond the credits, for the same term (4.5)."""
    if contract.terms.elastic:
        yield from _elastic(contract, Balance(), Month.of(contract.terms.starts_on))


def _prepaid(contract: Contract, _: Balance, __: Month) -> Iterator[Source]:
    """Its credits are rows of their own."""
    yield from _elastic_beyond(contract)


def _committed(method: Method) -> Callable[[Contract, Balance, Month], Iterator[Source]]:
    def sources(contract: Contract, balance: Balance, month: Month) -> Iterator[Source]:
        # Of one that was ended with its rest waived, nothing may be left that is committed.
        if contract.terms.commitment_cents and not contract.terms.yearly_in_advance:
            agreed = _commitment(contract, balance, month)
            yield _pool(contract, method, agreed, contract.terms.currency, contract.terms.unit_price)
        yield from _elastic_beyond(contract)

    return sources


def _gcp(contract: Contract, balance: Balance, month: Month) -> Iterator[Source]:
    """Google asks for the share and for what goes beyond; both are in its currency, US dollars (4.8)."""
    if not contract.terms.commitment_cents:
        return
    agreed = _commitment(contract, balance, month)
    yield _pool(contract, Method.GCP_COMMITMENT, agreed)
    yield replace(_pool(contract, Method.GCP_ELASTIC, agreed), capacity=None)


def _marketplace(contract: Contract, _: Balance, __: Month) -> Iterator[Source]:
    yield Source(
        method=Method.MARKETPLACE,
        days=contract.covers,
        subscription_id=contract.subscription.id,
        marketplace=contract.terms.marketplace,
        made_at=contract.subscription.activated_at,
    )


def _pool(
    contract: Contract, method: Method, agreed: Commitment, currency: str = USD, unit_price: Decimal = Decimal(1)
) -> Source:
    return Source(
        method=method,
        days=contract.covers,
        currency=currency,
        unit_price=unit_price,
        capacity=agreed.left_to_use,
        subscription_id=contract.subscription.id,
        commitment=agreed,
        made_at=contract.subscription.activated_at,
    )


def _commitment(contract: Contract, balance: Balance, month: Month) -> Commitment:
    terms = contract.terms
    if terms.commitment_cents is None or terms.months is None:
        raise ValueError(f"subscription {contract.subscription.id} commits to nothing")
    total = Money(terms.commitment_cents, USD)
    return commitments.in_month(
        total,
        contract.term,
        terms.months,
        month,
        used=balance.used,
        billed=balance.billed,
        beyond=balance.beyond,
    )


_OF_TYPE: Mapping[SubscriptionType, Callable[[Contract, Balance, Month], Iterator[Source]]] = {
    SubscriptionType.ELASTIC: _elastic,
    SubscriptionType.FLEX_COMMITMENT: _committed(Method.FLEX_COMMITMENT),
    SubscriptionType.MONTHLY_COMMITMENT: _committed(Method.MONTHLY_COMMITMENT),
    SubscriptionType.PREPAID: _prepaid,
    SubscriptionType.MARKETPLACE: _marketplace,
    SubscriptionType.GCP_MONTHLY_COMMITMENT: _gcp,
}
