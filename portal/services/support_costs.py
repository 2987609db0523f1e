"""What a change of the support plan will cost: the gap before it, the first invoice, and a month at the last usage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.prices import FlatFee
from portal.domain.rating import Line, LineKind
from portal.domain.support_charges import Piece, Used, bill, pieces_of
from portal.domain.support_history import history_of
from portal.domain.support_wishes import Decision
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.services import rating
from portal.services.support_histories import Chosen


@dataclass(frozen=True, slots=True)
class RetroactiveMonth:
    """The days of a gap that lie in one month, both counted, and what they cost."""

    first_on: date
    last_on: date
    amount: Money

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.last_on - self.first_on).days + 1


def last_spend(session: Session, organization: Organization) -> Money:
    """What the organization used in its last closed month, over all billing groups; nothing where none is closed."""
    newest = select(func.max(Invoice.period_on)).where(Invoice.organization_id == organization.id).scalar_subquery()
    cents = session.scalar(
        select(func.sum(Invoice.usage_cents)).where(
            Invoice.organization_id == organization.id, Invoice.period_on == newest
        )
    )
    return Money(int(cents or 0), USD)


def retroactive(session: Session, chosen: Chosen, decision: Decision) -> tuple[RetroactiveMonth, ...]:
    """What the gap of the decision costs, month by month, at the new plan's price and by the usage of its days."""
    gap, plan = decision.gap, decision.choice.plan
    if gap is None or plan is None or not gap.days:
        return ()
    plans = catalogues.load(chosen.organization.catalogue).support_plans
    used: Used = {}
    if not isinstance(plans[plan].price, FlatFee):
        organization_id = chosen.organization.id
        rated = rating.rated_between(session, [organization_id], gap.first_on, gap.ends_before)
        used = used_of(line for lines in rated.values() for line in lines)
    found = []
    for month, first_on, last_on in gap.by_month():
        piece = Piece(plan=plan, month=month, first_on=first_on, last_on=last_on, is_late=True)
        billed = bill([piece], {chosen.organization.id: used}, plans)
        amount = Money.total((charge.amount for charge in billed.charges), USD) + billed.shortfall
        found.append(RetroactiveMonth(first_on, last_on, amount))
    return tuple(found)


def first_amount(chosen: Chosen, decision: Decision) -> Money:
    """What the first invoice with the new plan will bear of its price; the least of it where that depends on usage."""
    catalogue = catalogues.load(chosen.organization.catalogue)
    choice, plans = decision.choice, catalogue.support_plans
    month = Month.of(max(choice.billed_on, choice.made_on))
    after = history_of(
        [*chosen.choices, choice],
        chosen.contracts,
        plans=plans,
        retroactive=catalogue.retroactive_billing,
    )
    pieces = pieces_of(after, chosen.history(known_before=month.first_on), month)
    billed = bill([piece for piece in pieces if piece.plan == choice.plan], {}, plans)
    return Money.total((charge.amount for charge in billed.charges), USD) + billed.shortfall


def used_of(lines: Iterable[Line]) -> Used:
    """What the lines of usage come to by the day that they are billed and by provider, in US cents."""
    sums: dict[tuple[date, str | None], int] = {}
    for line in lines:
        if line.kind is LineKind.USAGE:
            key = line.posted_on, line.provider
            sums[key] = sums.get(key, 0) + line.amount_cents
    return sums
