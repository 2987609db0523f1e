"""Available credits and their history: every row that usage is drawn from, in drawing order (atlas 6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.domain import invoicing, settlement
from portal.domain.methods import Method, SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Days, Month
from portal.domain.settlement import Part
from portal.models.organizations import Organization
from portal.services import balances, contracts, credit_rows, rating, settling
from portal.services.balances import Balance
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow

_NOTHING = Money.zero(USD)
_PREPAID_TYPES = frozenset({SubscriptionType.PREPAID})


class CreditState(StrEnum):
    """Where credits stand on a day."""

    ACTIVE = "active"
    UPCOMING = "upcoming"
    EXPIRED = "expired"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableCredit:
    """A row of the table, in US dollars as of a day; `used` counts the running month up to it.

    `kind` is the type of the contract, or that of granted credits. `billed` is what closed months billed for a
    commitment; of credits that are paid or given already, it is what was used.
    """

    kind: str
    total: Money
    used: Money
    billed: Money
    remaining: Money
    state: CreditState
    days: Days
    subscription_id: int | None
    credit_id: int | None


def rows_of(session: Session, organization: Organization, *, on: date) -> Sequence[AvailableCredit]:
    """Every row that the organization ever had as of the day `on`: those that can be drawn first, as they are drawn."""
    running = _running(session, organization, on)
    rows = [*_of_contracts(session, organization, running, on), *_of_credits(session, organization, running, on)]
    return sorted(rows, key=_place)


def _of_contracts(
    session: Session, organization: Organization, running: dict[tuple[int | None, int | None], Money], on: date
) -> Iterator[AvailableCredit]:
    committed = [one for one in contracts.of_organization(session, organization) if _is_pool(one)]
    known = balances.of_commitments(session, [one.subscription.id for one in committed])
    for contract in committed:
        balance = known.get(contract.subscription.id, Balance())
        used = balance.used + running.get((contract.subscription.id, None), _NOTHING)
        total = Money(contract.terms.commitment_cents or 0, USD)
        yield AvailableCredit(
            kind=contract.subscription.type,
            total=total,
            used=used,
            billed=balance.billed,
            remaining=total - used,
            state=_state(contract.term, on),
            days=contract.term,
            subscription_id=contract.subscription.id,
            credit_id=None,
        )


def _of_credits(
    session: Session, organization: Organization, running: dict[tuple[int | None, int | None], Money], on: date
) -> Iterator[AvailableCredit]:
    granted = credit_rows.of_organization(session, organization)
    drawn = balances.of_credits(session, [row.credit.id for row in granted])
    for row in granted:
        used = drawn.get(row.credit.id, _NOTHING)
        used += running.get((row.credit.subscription_id, row.credit.id), _NOTHING)
        total = Money(row.credit.total_cents, USD)
        yield AvailableCredit(
            kind=row.credit.kind,
            total=total,
            used=used,
            billed=used,
            remaining=total - used,
            state=_credit_state(row, on),
            days=row.days,
            subscription_id=row.credit.subscription_id,
            credit_id=row.credit.id,
        )


def _running(session: Session, organization: Organization, on: date) -> dict[tuple[int | None, int | None], Money]:
    """What the months that are not closed drew up to and including the day, by subscription and credits."""
    drawn: dict[tuple[int | None, int | None], Money] = {}
    for part in _parts(session, organization, on):
        for one in part.draws:
            if one.source.method is Method.GCP_ELASTIC or one.source.capacity is None:
                continue
            key = one.source.subscription_id, one.source.credit_id
            drawn[key] = drawn.get(key, _NOTHING) + one.total
    return drawn


def _parts(session: Session, organization: Organization, on: date) -> Iterator[Part]:
    month = Month.of(on)
    lines = rating.rated_lines(session, [organization.id], month, until=on + ONE_DAY)
    for group_id, of_group in lines.items():
        yield from settlement.settle(settling.sources(session, group_id, month), invoicing.owed(of_group))


def _is_pool(contract: Contract) -> bool:
    """Whether its credits are its own, and not rows that are paid in advance."""
    is_prepaid = contract.subscription.type in _PREPAID_TYPES or contract.terms.yearly_in_advance
    return contract.terms.commitment_cents is not None and not is_prepaid


def _credit_state(row: CreditRow, on: date) -> CreditState:
    return CreditState.VOID if row.terms.voided else _state(row.days, on)


def _state(days: Days, on: date) -> CreditState:
    if on < days.starts_on:
        return CreditState.UPCOMING
    return CreditState.ACTIVE if on in days else CreditState.EXPIRED


def _place(row: AvailableCredit) -> tuple[int, date, date, int, int]:
    return (
        tuple(CreditState).index(row.state),
        row.days.ends_before or date.max,
        row.days.starts_on,
        row.subscription_id or 0,
        row.credit_id or 0,
    )
