"""Where contracts with a commitment stand: what closed months and the running one used, against what was agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from portal.domain import projection
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.projection import Agreed, Position, Spent
from portal.domain.settlement import Part
from portal.services import settled_months
from portal.services.contracts import Contract
from portal.services.settled_months import SettledMonth


def position_of(
    contract: Contract, settled: Sequence[SettledMonth], running: Iterable[Part], *, open_from: Month, on: date
) -> Position | None:
    """The position of a contract on the day `on`, None for one that commits to nothing.

    All that the contract paid for counts, what elastic billing took beyond the commitment included. `running` are the
    parts of the running month; months before `open_from` are closed.
    """
    terms = contract.terms
    if terms.commitment_cents is None or terms.months is None:
        return None
    agreed = Agreed(
        total=Money(terms.commitment_cents, USD), term=contract.term, months=terms.months, covers=contract.covers
    )
    used, billed = settled_months.used_by_month(settled), settled_months.billed_by_month(settled)
    spent = {month: Spent(used[month], billed[month]) for month in used}
    own = (part.usage for part in running if part.source.subscription_id == contract.subscription.id)
    return projection.project(agreed, spent, running=Money.total(own, USD), open_from=open_from, on=on)
