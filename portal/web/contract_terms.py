"""A contract that has not begun, in words: what was agreed, and what it will ask for when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portal.domain.catalogue import Catalogue
from portal.domain.contract_outlook import Asked, Claim, claims
from portal.domain.contracts import COMMITTING, PAYABLE_YEARLY, Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.services.rendering import PROVIDER_LABELS
from portal.web.formatting import agreed_price, amount, days, long_day, money

# Others ask for what these bring, in US dollars.
ASKED_ELSEWHERE = frozenset({SubscriptionType.MARKETPLACE, SubscriptionType.GCP_MONTHLY_COMMITMENT})
_WORDS = {
    Asked.AS_USED: "Usage, invoiced at the end of each month",
    Asked.LEFT_OVER: "What is then left of the commitment, invoiced with the last month; at most",
    Asked.BEYOND_BY_GOOGLE: "Usage beyond the whole commitment, invoiced by Google",
}
_NOTHING_KNOWN = "as used"


def agreed_rows(terms: Terms, catalogue: Catalogue, *, representative: str | None) -> Sequence[tuple[str, str]]:
    """Terms and values, for `definitions`; what means nothing for the type is left out."""
    return [(term, value) for term, value in _agreed(terms, catalogue, representative) if value]


def claim_rows(terms: Terms) -> Sequence[Sequence[str]]:
    """The rows of a table: days, what is asked for, US dollars, and where it has another currency the same in it."""
    rows = ((span(one.days), _asked(one, terms), _figure(one.credits), _figure(one.net)) for one in claims(terms))
    return [row[:-1] if terms.currency == USD else row for row in rows]


def span(covered: Days) -> str:
    """`1 Jan – 31 Dec 2026`, or `from 1 January 2026` without an end."""
    last_on = covered.last_on
    return days(covered.starts_on, last_on) if last_on else f"from {long_day(covered.starts_on).striptags()}"


def _agreed(terms: Terms, catalogue: Catalogue, representative: str | None) -> Iterator[tuple[str, str]]:
    yield "Subscription", catalogue.subscription_types[terms.type].name
    months = f" ({terms.months} month{'' if terms.months == 1 else 's'})" if terms.months else ", open-ended"
    yield "Term", span(Days(terms.starts_on, terms.ends_before)) + months
    yield "Marketplace", PROVIDER_LABELS.get(terms.marketplace or "", terms.marketplace or "")
    yield "Commitment", money(terms.commitment) if terms.commitment and terms.type in COMMITTING else ""
    if terms.type not in ASKED_ELSEWHERE:
        price = terms.elastic_unit_price if terms.type is SubscriptionType.ELASTIC else terms.unit_price
        yield "Unit price", f"{agreed_price(price, terms.currency)} for $1 of usage"
    if terms.type in COMMITTING - ASKED_ELSEWHERE:
        beyond = f"Invoiced as used, {agreed_price(terms.elastic_unit_price, terms.currency)} for $1 of usage"
        yield "Usage beyond the credits", beyond if terms.elastic else "Charged to the payment method on file"
    if terms.type in PAYABLE_YEARLY:
        yield "Schedule", "Yearly in advance" if terms.yearly_in_advance else "Monthly"
    plan = catalogue.support_plans.get(terms.support_plan or "")
    yield catalogue.words.support_plan.capitalize(), plan.name if plan else ""
    yield "Pay now", "Invoices can be paid at once" if terms.pay_now_allowed else "No, invoices are paid by transfer"
    yield "Billing contact", terms.billing_contact or ""
    yield "Purchase order", terms.purchase_order or ""
    yield "Sales representative", representative or ""


def _asked(claim: Claim, terms: Terms) -> str:
    provider = PROVIDER_LABELS.get(terms.marketplace or "", "the marketplace")
    price = agreed_price(terms.elastic_unit_price, terms.currency)
    each = f"each of {claim.months} months" if claim.months > 1 else "the month"
    words = {
        **_WORDS,
        Asked.IN_ADVANCE: "Credits for these days, paid in advance and invoiced "
        + ("when the code is applied" if claim.days.starts_on == terms.starts_on else "as they begin"),
        Asked.AT_LEAST: f"For {each} at least, more where more is used",
        Asked.BY_GOOGLE: f"For {each}, invoiced by Google",
        Asked.BEYOND: f"Usage beyond the credits, invoiced at the end of each month, {price} for $1",
        Asked.BY_MARKETPLACE: f"All usage, invoiced by {provider}",
    }
    return words[claim.asked]


def _figure(value: Money | None) -> str:
    return amount(value) if value else _NOTHING_KNOWN
