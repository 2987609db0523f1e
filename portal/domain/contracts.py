"""The terms of a subscription, and what makes them impossible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.errors import Refusal
from portal.domain.periods import add_months
from portal.domain.settlement import SubscriptionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was agreed: prices are in `currency` for one US dollar of usage; without `months` the term stays open."""

    type: SubscriptionType
    starts_on: date
    months: int | None
    currency: str
    unit_price: Decimal = Decimal(1)
    elastic_unit_price: Decimal = Decimal(1)

    @property
    def ends_before(self) -> date | None:
        """The first day after the term (4.1), None for an open one."""
        return add_months(self.starts_on, self.months) if self.months else None


def check_terms(terms: Terms, *, applied_on: date) -> None:
    """Refuse terms that cannot be: a start in the past, a price of nothing, a term without a month."""
    if terms.starts_on < applied_on:
        raise Refusal(f"A subscription cannot start on {terms.starts_on}, before it is activated on {applied_on}.")
    if terms.months is not None and terms.months < 1:
        raise Refusal("A term has at least one month.")
    if terms.unit_price <= 0 or terms.elastic_unit_price <= 0:
        raise Refusal("A unit price is above 0.")
