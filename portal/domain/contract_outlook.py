"""What a contract will ask for and when, before it begins: shown to who sells it and to who applies its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from portal.domain import commitments
from portal.domain.contracts import Terms, installments
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import Days, Month


class Asked(StrEnum):
    """What is asked for, and by whom."""

    IN_ADVANCE = "in advance"
    AT_LEAST = "at least"
    AS_USED = "as used"
    LEFT_OVER = "left over"
    BEYOND = "beyond"
    BY_MARKETPLACE = "by the marketplace"
    BY_GOOGLE = "by Google"
    BEYOND_BY_GOOGLE = "beyond, by Google"


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that the contract asks for: on which days of its term, and how much where that is known before.

    `credits` are US dollars, `net` the same at the unit price, before taxes; both are of each month where the days are
    of `months` whole or partial months, and of all of the days where `months` is 0.
    """

    asked: Asked
    days: Days
    credits: Money | None = None
    net: Money | None = None
    months: int = 0


def claims(terms: Terms) -> tuple[Claim, ...]:
    """All of them, in the order of their days. The terms are possible ones (`check_terms`)."""
    term = Days(terms.starts_on, terms.ends_before)
    found = [*_in_advance(terms)] if terms.is_prepaid else [*_OF_TYPE[terms.type](terms, term)]
    if terms.elastic and terms.type in _MAY_GO_BEYOND:
        found.append(Claim(Asked.BEYOND, term))
    return tuple(found)


def _in_advance(terms: Terms) -> Iterator[Claim]:
    for part in installments(terms):
        yield Claim(Asked.IN_ADVANCE, part.days, part.total, part.total.at_price(terms.unit_price, terms.currency))


def _as_used(_: Terms, term: Days) -> Iterator[Claim]:
    yield Claim(Asked.AS_USED, term)


def _flex_commitment(terms: Terms, term: Days) -> Iterator[Claim]:
    yield Claim(Asked.AS_USED, term)
    committed = _committed(terms)
    last = Days(max(Month.of(_last_on(term)).first_on, term.starts_on), term.ends_before)
    yield Claim(Asked.LEFT_OVER, last, committed, committed.at_price(terms.unit_price, terms.currency))


def _monthly_commitment(terms: Terms, term: Days) -> Iterator[Claim]:
    return _monthly(terms, term, Asked.AT_LEAST)


def _gcp_commitment(terms: Terms, term: Days) -> Iterator[Claim]:
    yield from _monthly(terms, term, Asked.BY_GOOGLE)
    yield Claim(Asked.BEYOND_BY_GOOGLE, term)


def _marketplace(_: Terms, term: Days) -> Iterator[Claim]:
    yield Claim(Asked.BY_MARKETPLACE, term)


def _monthly(terms: Terms, term: Days, asked: Asked) -> Iterator[Claim]:
    """Each month's share; months that follow each other with the same share are one claim."""
    for share, months in groupby(_shares(terms, term), key=lambda one: one[1]):
        covered = [month for month, _ in months]
        ends_before = min(covered[-1].ends_before, terms.ends_before or covered[-1].ends_before)
        days = Days(max(covered[0].first_on, term.starts_on), ends_before)
        yield Claim(asked, days, share, share.at_price(terms.unit_price, terms.currency), len(covered))


def _shares(terms: Terms, term: Days) -> Iterator[tuple[Month, Money]]:
    total, billed = _committed(terms), Money.zero(USD)
    for month in Month.of(term.starts_on).until(Month.of(_last_on(term))):
        agreed = commitments.in_month(total, term, terms.months or 0, month, used=billed, billed=billed)
        billed += agreed.month_share
        yield month, agreed.month_share


def _committed(terms: Terms) -> Money:
    return terms.commitment or Money.zero(USD)


def _last_on(term: Days) -> date:
    return term.last_on or term.starts_on


_MAY_GO_BEYOND = frozenset(
    {SubscriptionType.FLEX_COMMITMENT, SubscriptionType.MONTHLY_COMMITMENT, SubscriptionType.PREPAID}
)
_OF_TYPE: Mapping[SubscriptionType, Callable[[Terms, Days], Iterator[Claim]]] = {
    SubscriptionType.ELASTIC: _as_used,
    SubscriptionType.FLEX_COMMITMENT: _flex_commitment,
    SubscriptionType.MONTHLY_COMMITMENT: _monthly_commitment,
    SubscriptionType.MARKETPLACE: _marketplace,
    SubscriptionType.GCP_MONTHLY_COMMITMENT: _gcp_commitment,
}
