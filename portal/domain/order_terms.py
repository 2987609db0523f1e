"""What an order form says of a contract: its schedule, and in words how it is billed and paid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain import commitments, contracts
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import Money
from portal.domain.periods import Days, Month, add_months

BILLED_BY_PROVIDER = frozenset({SubscriptionType.MARKETPLACE, SubscriptionType.GCP_MONTHLY_COMMITMENT})
"""Types whose money a cloud provider asks for: our unit prices mean nothing there."""

_IN_MONTHLY_PARTS = frozenset({SubscriptionType.MONTHLY_COMMITMENT, SubscriptionType.GCP_MONTHLY_COMMITMENT})
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Share:
    """Equal parts of a commitment that follow each other: `count` parts of `each` (US dollars) in `days`."""

    days: Days
    count: int
    each: Money


def year_of(term: Days, on: date) -> Days:
    """The contract year that `on` lies in: from the start of the term or an anniversary on, at most to the term's end.

    A day before the term belongs to the first year, one after it to the last. (L: a new order form each cycle.)
    """
    on = min(on, term.last_on or on)
    years = max(on.year - term.starts_on.year, 0)
    if years and add_months(term.starts_on, years * _YEAR) > on:
        years -= 1
    starts_on = add_months(term.starts_on, years * _YEAR)
    ends_before = add_months(term.starts_on, (years + 1) * _YEAR)
    return Days(starts_on, min(ends_before, term.ends_before or ends_before))


def schedule(terms: Terms, term: Days) -> Sequence[Share]:
    """The parts of the commitment that are known before, equal ones together; they add up to the commitment (4.1).

    `term` is the one that holds, whose end may have been moved since `terms` were sold. A flex commitment has none: it
    is billed as it is used.
    """
    if terms.commitment is None or terms.months is None or term.ends_before is None:
        return ()
    if terms.is_prepaid:
        return _together(Share(part.days, 1, part.total) for part in contracts.installments(terms))
    if terms.type in _IN_MONTHLY_PARTS:
        return _together(_months(terms.commitment, term, terms.months))
    return ()


def billing(terms: Terms) -> str:
    """When the contract is billed, and by whom."""
    if terms.type is SubscriptionType.MARKETPLACE:
        return f"Monthly, through the {terms.marketplace or 'cloud provider’s'} marketplace"
    if terms.type is SubscriptionType.GCP_MONTHLY_COMMITMENT:
        return "Monthly, by Google Cloud"
    if terms.yearly_in_advance:
        return "Yearly in advance"
    return "In advance, when the subscription is activated" if terms.is_prepaid else "Monthly in arrears"


def payment(terms: Terms, *, terms_days: int) -> str:
    """Until when, and how, what is billed is paid."""
    if terms.type in BILLED_BY_PROVIDER:
        return "To the cloud provider, on its terms and with its taxes"
    by_card = ", or online by card" if terms.pay_now_allowed else ""
    return f"{terms_days} days from the date of each tax invoice, by bank transfer{by_card}"


def beyond(terms: Terms) -> str:
    """What becomes of usage that the commitment does not cover; of all usage, where there is none."""
    if terms.type is SubscriptionType.GCP_MONTHLY_COMMITMENT:
        return "Billed by Google Cloud each month as used, on top of the monthly parts"
    if terms.type in {SubscriptionType.ELASTIC, SubscriptionType.MARKETPLACE}:
        return "Billed each month as used"
    if terms.elastic:
        return "Billed elastically, each month as used"
    return "Taken from other credits, or charged to the payment method on file"


def note(terms: Terms) -> str | None:
    """What the parts of the schedule, or their absence, mean for the customer."""
    return _YEARLY if terms.yearly_in_advance else _NOTES.get(terms.type)


def _months(total: Money, term: Days, months: int) -> Iterator[Share]:
    left, month = total, Month.of(term.starts_on)
    while left and not commitments.is_last_month(term, month):
        share = min(commitments.share_of(total, term, months, month), left)
        yield Share(Days(max(term.starts_on, month.first_on), month.ends_before), 1, share)
        left, month = left - share, month.following()
    if left:
        yield Share(Days(max(term.starts_on, month.first_on), term.ends_before), 1, left)


def _together(shares: Iterable[Share]) -> Sequence[Share]:
    found: list[Share] = []
    for share in shares:
        if found and found[-1].each == share.each:
            days = Days(found[-1].days.starts_on, share.days.ends_before)
            found[-1] = replace(found[-1], days=days, count=found[-1].count + 1)
        else:
            found.append(share)
    return tuple(found)


_YEARLY = "Each part is paid in advance and can be used until the end of its period. What is left then expires."
_NOTES: Mapping[SubscriptionType, str] = {
    SubscriptionType.MONTHLY_COMMITMENT: (
        "Each month at least its part is charged, until the whole commitment has been. What a month leaves unused can "
        "be used later in the term."
    ),
    SubscriptionType.GCP_MONTHLY_COMMITMENT: "Each month its part is charged, whatever is used of it.",
    SubscriptionType.FLEX_COMMITMENT: (
        "The commitment is charged as it is used. What is left of it at the end of the term is charged with the last "
        "month."
    ),
    SubscriptionType.PREPAID: "Credits can be used until the end of the term. What is left then expires.",
}
