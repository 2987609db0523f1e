"""What the page of subscriptions shows of each contract: terms, progress, and where its term will end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.blueprints.subscriptions import words
from portal.domain.catalogue import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.projection import Position
from portal.models.organizations import User
from portal.services import contract_papers, contract_positions, contracts, people, settled_months
from portal.services.attention import SOON
from portal.services.billing_overview import PendingInvoice
from portal.services.billing_standing import Standing
from portal.services.contract_papers import Papers
from portal.services.contracts import Contract
from portal.services.settled_months import SettledMonth
from portal.web import db
from portal.web.access import current_catalogue
from portal.web.contract_terms import agreed_rows, span
from portal.web.position_charts import PositionChart, position_chart

_WHOLE = 100
_OF_A_TERM = "Term"
_NOT_SAID = frozenset({"Subscription", _OF_A_TERM})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """A contract as it is read. Without a commitment it has no position; `percent` is what is used of it."""

    contract: Contract
    type: SubscriptionType
    days: str
    when: str
    facts: Sequence[tuple[str, str]]
    used: Money
    position: Position | None
    percent: int
    outcome: words.Outcome | None
    chart: PositionChart | None
    representative: User | None
    papers: Papers

    @property
    def key(self) -> str:
        """A name for the contract that is unique on its page."""
        return f"contract-{self.contract.subscription.hex_id}"


def contracts_context(standing: Standing, pending: PendingInvoice, *, open_from: Month) -> dict[str, object]:
    """The contracts that cover the day, those to come and those that are over, the newest of these first."""
    on = standing.on
    session, agreed = db.session(), standing.agreed
    ids = [one.subscription.id for one in agreed]
    settled, papers = settled_months.of_subscriptions(session, ids), contract_papers.of_subscriptions(session, ids)
    shown = {one.subscription.id: one.terms.sales_representative_id for one in agreed if _shows_sales(one, agreed, on)}
    known = people.users_of(session, {user_id for user_id in shown.values() if user_id is not None})
    sellers = {key: known.get(user_id) for key, user_id in shown.items() if user_id is not None}
    views = [
        _view(one, settled.get(key, ()), pending, open_from, sellers.get(key), papers[key])
        for key, one in zip(ids, agreed, strict=True)
    ]
    return {
        "current": [view for view in views if on in view.contract.covers],
        "coming": [view for view in views if on < view.contract.covers.starts_on],
        "over": [view for view in reversed(views) if _is_over(view.contract, on)],
        "own_types": {view.contract.subscription.type for view in views if on in view.contract.covers},
        "ending": next((view for view in reversed(views) if view.contract.subscription.id in shown), None),
    }


def _shows_sales(contract: Contract, agreed: Collection[Contract], on: date) -> bool:
    """Whether the contract ends within 60 days or has ended, and the next one is not there (CON-1)."""
    last_on, ends_before = contract.covers.last_on, contract.terms.ends_before
    if last_on is None or ends_before is None or last_on > on + SOON:
        return False
    return not any(_follows(other, ends_before, on) for other in agreed)


def _follows(contract: Contract, ends_before: date, on: date) -> bool:
    """Whether a contract goes on where another one ends; one that has begun by now does, whatever lay between."""
    until = contract.terms.ends_before
    return contract.covers.starts_on <= max(ends_before, on) and (until is None or until > ends_before)


def _is_over(contract: Contract, on: date) -> bool:
    return contract.terms.ends_before is not None and contract.terms.ends_before <= on


def _view(
    contract: Contract,
    settled: Sequence[SettledMonth],
    pending: PendingInvoice,
    open_from: Month,
    representative: User | None,
    papers: Papers,
) -> ContractView:
    on = pending.as_of
    position = contract_positions.position_of(contract, settled, pending.parts, open_from=open_from, on=on)
    is_running = on in contract.covers
    return ContractView(
        contract=contract,
        type=current_catalogue().subscription_types[contract.subscription.type],
        days=span(contract.term),
        when=words.when(contract.term, on),
        facts=[*_facts(contract)],
        used=Money.total((one.used for one in settled), USD),
        position=position,
        percent=_percent(position) if position else 0,
        outcome=words.outcome(contract, position) if position and is_running else None,
        chart=position_chart(position) if position and is_running else None,
        representative=representative,
        papers=papers,
    )


def _percent(position: Position) -> int:
    return min(position.used.minor * _WHOLE // position.total.minor, _WHOLE)


def _facts(contract: Contract) -> Iterator[tuple[str, str]]:
    """The terms that hold in words; the term is that of today, also where its end was moved."""
    yield _OF_A_TERM, span(contract.term)
    for term, value in agreed_rows(contracts.terms_of(contract), current_catalogue(), representative=None):
        if term not in _NOT_SAID:
            yield term, value
