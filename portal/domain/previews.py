"""A preview: a contract that is thought of and the usage that is expected, written as a scenario document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

from portal.domain.contracts import COMMITTING
from portal.domain.methods import Method, SubscriptionType
from portal.domain.money import USD, Money, ratio_half_up, round_half_up
from portal.domain.periods import Month, add_months
from portal.domain.scenarios import DEFAULT_PROJECT

MOST_MONTHS = 60
"""How many months a preview shows at most: what it costs to play has to stay small."""

_SERVICE = "Expected usage"
# Scenarios ask for a whole address, of which the country and the region alone decide the taxes.
_ANY = "–"
_ANY_CONTACT = "billing@customer.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The contract that is thought of; amounts and prices are decimal texts, the commitment in US dollars.

    `type` None is none: everything is charged to the payment method. What a type has no use for is left out.
    """

    type: SubscriptionType | None
    starts_on: date
    months: int | None
    commitment: str
    elastic: bool
    unit_price: str
    elastic_unit_price: str
    marketplace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who would sign it: what decides taxes and currency, and how they pay (a name of the sandbox's, or nothing)."""

    catalogue: str
    name: str
    country: str
    region: str
    tax_id: str | None
    currency: str
    payment_method: str | None


def expected_usage(figures: Sequence[Money], growth_percent: Decimal, *, months: int) -> list[Money]:
    """The usage of each of so many months: the figures in turn, and then the last of them with its growth a month."""
    return list(islice(_growing(figures, 1 + Fraction(growth_percent) / 100), months))


def document(buyer: Buyer, offered: Offered, usage: Sequence[Money]) -> dict[str, Any]:
    """The scenario document of a preview: a month for each figure of `usage`, from that in which the contract starts.

    The usage of a month is the same on each of its days, what is left of the division on the last one. The first
    month has its share from the start on.
    """
    first = Month.of(offered.starts_on)
    activation = [] if offered.type is None else [_activation(offered)]
    days = [step for number, amount in enumerate(usage) for step in _month_of_usage(first, number, amount, offered)]
    return {
        "catalogue": buyer.catalogue,
        "organization": {
            "name": buyer.name,
            "billing_contact": _ANY_CONTACT,
            "region": None,
            "address": {
                "country": buyer.country, "region": buyer.region, "city": _ANY, "line1": _ANY, "postal_code": _ANY,
            },
            "tax_id": buyer.tax_id,
            "currency": buyer.currency,
        },
        "payment_method": buyer.payment_method,
        "timeline": activation + days,
        "until": add_months(first.first_on, len(usage)).isoformat(),
    }  # fmt: skip


def left_after(method: Method, figures: Mapping[str, str]) -> Money | None:
    """The credits in US dollars that a payment leaves, from its `explain`; None where it draws from none."""
    amounts = {name: Money.of(text, USD) for name, text in figures.items()}
    match method:
        case Method.MONTHLY_COMMITMENT:
            return amounts["left_to_use"]
        case Method.FLEX_COMMITMENT:
            return amounts["left_to_use"] - amounts["drawn"] - amounts["shortfall"]
        case Method.PREPAID | Method.PROMOTIONAL:
            return amounts["left_after"]
        case Method.GCP_COMMITMENT | Method.GCP_ELASTIC:
            used = amounts["used_before"] + amounts["usage"]
            return max(amounts["commitment"] - used, Money.zero(USD))
    return None


def _growing(figures: Sequence[Money], factor: Fraction) -> Iterator[Money]:
    yield from figures
    exact = Fraction(figures[-1].minor)
    while True:
        exact *= factor
        yield Money(round_half_up(exact), USD)


def _activation(offered: Offered) -> dict[str, Any]:
    step: dict[str, Any] = {
        "on": offered.starts_on.isoformat(),
        "do": "activate_subscription",
        "type": offered.type,
        "elastic": offered.elastic,
        "unit_price": offered.unit_price,
        "elastic_unit_price": offered.elastic_unit_price,
    }
    if offered.months is not None:
        step["months"] = offered.months
    if offered.type in COMMITTING:
        step["commitment"] = offered.commitment
    if offered.type is SubscriptionType.MARKETPLACE:
        step["marketplace"] = offered.marketplace
    return step


def _month_of_usage(first: Month, number: int, amount: Money, offered: Offered) -> Iterator[dict[str, Any]]:
    month = Month.of(add_months(first.first_on, number))
    starts_on = max(month.first_on, offered.starts_on)
    days = (month.ends_before - starts_on).days
    share = ratio_half_up(amount.minor * days, month.days)
    per_day, rest = divmod(share, days)
    used = {"do": "usage", "project": DEFAULT_PROJECT, "service": _SERVICE}
    if per_day:
        yield {
            "from": starts_on.isoformat(), "to": month.last_on.isoformat(), **used, "per_day": str(Money(per_day, USD)),
        }  # fmt: skip
    if rest:
        yield {"on": month.last_on.isoformat(), **used, "amount": str(Money(rest, USD))}
