"""The terms of a subscription, and what makes them impossible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.errors import Refusal
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import Days, add_months

COMMITTING = frozenset(
    {
        SubscriptionType.FLEX_COMMITMENT,
        SubscriptionType.MONTHLY_COMMITMENT,
        SubscriptionType.PREPAID,
        SubscriptionType.GCP_MONTHLY_COMMITMENT,
    }
)
"""Types with a commitment over a term; the others may stay open."""

PAYABLE_YEARLY = frozenset({SubscriptionType.FLEX_COMMITMENT, SubscriptionType.MONTHLY_COMMITMENT})
"""Types whose commitment may be paid year by year in advance."""

HIGHEST_COMMITMENT_CENTS = 10**13
_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was agreed: prices are in `currency` for one US dollar of usage; without `months` the term stays open.

    `commitment` is in US dollars (C). `elastic` says that usage beyond the credits is billed elastically for the same
    term. `billing_contact` gets the tax invoices; without one the contact of the billing profile stays.
    """

    type: SubscriptionType
    starts_on: date
    months: int | None
    currency: str
    unit_price: Decimal = Decimal(1)
    elastic_unit_price: Decimal = Decimal(1)
    commitment: Money | None = None
    elastic: bool = False
    marketplace: str | None = None
    support_plan: str | None = None
    yearly_in_advance: bool = False
    pay_now_allowed: bool = False
    billing_contact: str | None = None
    purchase_order: str | None = None
    sales_representative_id: int | None = None

    @property
    def ends_before(self) -> date | None:
        """The first day after the term (4.1), None for an open one."""
        return add_months(self.starts_on, self.months) if self.months else None

    @property
    def is_prepaid(self) -> bool:
        """Whether its credits are paid before they are used."""
        return self.type is SubscriptionType.PREPAID or self.yearly_in_advance


@dataclass(frozen=True, slots=True)
class Installment:
    """Credits that are paid in advance: how many US dollars, and the days they can be used on."""

    total: Money
    days: Days


def installments(terms: Terms) -> Iterator[Installment]:
    """The prepaid credits of the terms: all at once, or a year's each, the cents that are left in the last one."""
    if terms.commitment is None or terms.months is None:
        return
    step = _YEAR if terms.yearly_in_advance else terms.months
    billed = Money.zero(USD)
    for month in range(0, terms.months, step):
        until = min(month + step, terms.months)
        share = Money(terms.commitment.minor * until // terms.months, USD) - billed
        billed += share
        yield Installment(share, Days(add_months(terms.starts_on, month), add_months(terms.starts_on, until)))


def check_terms(terms: Terms, *, applied_on: date) -> None:
    """Refuse terms that cannot be: a start in the past, a price of nothing, a commitment without amount or term."""
    if terms.starts_on < applied_on:
        raise Refusal(f"A subscription cannot start on {terms.starts_on}, before it is activated on {applied_on}.")
    if terms.months is not None and terms.months < 1:
        raise Refusal("A term has at least one month.")
    if terms.unit_price <= 0 or terms.elastic_unit_price <= 0:
        raise Refusal("A unit price is above 0.")
    if terms.type in COMMITTING:
        check_commitment(terms.commitment)
        if terms.months is None:
            raise Refusal("A commitment has a term: say how many months.")
    if terms.yearly_in_advance and terms.type not in PAYABLE_YEARLY:
        raise Refusal("Only a flex or monthly commitment is paid yearly in advance.")


def check_commitment(commitment: Money | None) -> None:
    """Refuse a commitment to nothing, or to more than an invoice can hold."""
    if commitment is None or commitment.minor <= 0:
        raise Refusal("A commitment is an amount above 0.")
    if commitment.minor > HIGHEST_COMMITMENT_CENTS:
        raise Refusal("A commitment is at most 100,000,000,000.00 US dollars.")
