"""How a contract stands in sentences: when it begins or ends, and what its term will have come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.methods import SubscriptionType
from portal.domain.money import Money, ratio_half_up
from portal.domain.periods import Days
from portal.domain.projection import Position
from portal.services.contracts import Contract
from portal.web.formatting import agreed_price, listed, long_day, money, month

_EXPIRES = "What is not used until then expires."
_IF_UNDER: Mapping[SubscriptionType, str] = {
    SubscriptionType.MONTHLY_COMMITMENT: _EXPIRES,
    SubscriptionType.PREPAID: _EXPIRES,
    SubscriptionType.FLEX_COMMITMENT: "What is not used until then is invoiced with the last month.",
    SubscriptionType.GCP_MONTHLY_COMMITMENT: "Google invoices the whole commitment, however much is used.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the term will end: a headline, how that is computed, and what it means for the customer."""

    title: str
    reckoning: str
    meaning: str
    is_over: bool


def when(term: Days, on: date) -> str:
    """How long a term still runs, when it begins, or when it ended."""
    if on < term.starts_on:
        return f"starts in {_days((term.starts_on - on).days)}"
    if term.last_on is None:
        return "without an end"
    if on > term.last_on:
        return f"ended on {long_day(term.last_on).striptags()}"
    return "ends today" if on == term.last_on else f"{_days((term.last_on - on).days)} left"


def outcome(contract: Contract, position: Position) -> Outcome | None:
    """Where the term of a running contract will end, None before the first month is closed (POS-1)."""
    at_end, over, last_on = position.at_end, position.over, contract.term.last_on
    if at_end is None or over is None or position.per_day is None or last_on is None:
        return None
    end = long_day(last_on).striptags()
    average = Money(ratio_half_up(position.per_day.numerator, position.per_day.denominator), at_end.currency)
    months = listed([month(one) for one in position.looked_at])
    reckoning = (
        f"It took {money(average)} of usage a day on average in {months}; what other credits covered does not count."
        f" If it goes on like that, {_whole(at_end)} will have been used when the term ends on {end}."
    )
    if over.minor > 0:
        return Outcome(f"About {_whole(over)} more than committed", reckoning, _if_over(contract, position), True)
    if over:
        title = f"About {_whole(-over)} less than committed"
        return Outcome(title, reckoning, _IF_UNDER[contract.subscription.type], False)
    return Outcome("As much as committed", reckoning, "", False)


def _if_over(contract: Contract, position: Position) -> str:
    until = position.used_up_on
    runs_out = f"The commitment is used up about {long_day(until).striptags()}. " if until else ""
    terms = contract.terms
    if contract.subscription.type is SubscriptionType.GCP_MONTHLY_COMMITMENT:
        return f"{runs_out}Google invoices what goes beyond it on top of the monthly part."
    if terms.elastic:
        price = agreed_price(terms.elastic_unit_price, terms.currency)
        return f"{runs_out}Nothing stops: further usage is invoiced monthly, {price} for $1 of usage."
    return f"{runs_out}Further usage goes to the payment method on file."


def _whole(amount: Money) -> str:
    """Without cents: an estimate is not exact to the cent."""
    return money(Money(ratio_half_up(amount.minor, 100) * 100, amount.currency)).removesuffix(".00")


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
