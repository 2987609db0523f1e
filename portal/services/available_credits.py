"""Available credits and their history: every row that usage is drawn from, in drawing order (atlas 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.domain import invoicing, settlement
from portal.domain.drawing import Source
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Days, Month
from portal.domain.settlement import Part
from portal.models.organizations import Organization
from portal.services import balances, contracts, credit_rows, payers, rating, settled_months, settling
from portal.services.balances import Balance
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow
from portal.services.payers import Funds
from portal.services.settled_months import SettledMonth

_NOTHING = Money.zero(USD)
_POOLS = (Method.MONTHLY_COMMITMENT, Method.FLEX_COMMITMENT, Method.GCP_COMMITMENT)
# Of one subscription there may be several rows: its credits, and what is billed beyond them.
Key = tuple[Method, int | None, int | None]


class CreditState(StrEnum):
    """Where credits stand on a day."""

    ACTIVE = "active"
    UPCOMING = "upcoming"
    EXPIRED = "expired"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableCredit:
    """A row of the table, in US dollars as of a day; `used` counts the running month up to it.

    `kind` is the type of the contract, or that of granted credits. Elastic and marketplace rows have no limit: their
    `total` and `remaining` are None. `billed` is what closed months billed for a commitment; of all others it is what
    was used. `settled` are the closed months of a commitment.
    """

    kind: str
    method: Method
    total: Money | None
    used: Money
    billed: Money
    remaining: Money | None
    state: CreditState
    days: Days
    subscription_id: int | None
    credit_id: int | None
    settled: Sequence[SettledMonth] = ()

    @property
    def is_over(self) -> bool:
        """Whether it belongs to the history."""
        return self.state in {CreditState.EXPIRED, CreditState.VOID}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an organization's contracts and credits."""

    contracts: Mapping[int, Contract]
    credits: Mapping[int, CreditRow]
    settled: Mapping[int, Sequence[SettledMonth]]
    drawn: Mapping[int, Money]


def rows_of(session: Session, organization: Organization, *, on: date) -> Sequence[AvailableCredit]:
    """Every row with an amount that the organization ever had as of the day `on`, in the order of `all_rows`."""
    rows = all_rows(session, organization, _parts(session, organization, on), on=on)
    return [row for row in rows if row.total is not None]


def all_rows(
    session: Session,
    organization: Organization,
    running: Iterable[Part],
    *,
    on: date,
    agreed: Sequence[Contract] | None = None,
) -> Sequence[AvailableCredit]:
    """Every row as of the day `on`: active ones first, exactly as they are drawn, then upcoming ones and those of old.

    `running` are the parts of the running month up to the day; `agreed` all contracts, where they are known already.
    """
    known = _know(session, organization, agreed)
    funds = Funds(
        contracts=list(known.contracts.values()),
        credits=list(known.credits.values()),
        commitments={key: _balance(settled) for key, settled in known.settled.items()},
        drawn=known.drawn,
    )
    taken = _taken(running)
    *sources, _ = payers.in_order(funds, None, Month.of(on))
    rows = [_row(source, known, taken.get(source.key, _NOTHING), on) for source in sources]
    return sorted(rows, key=lambda row: tuple(CreditState).index(row.state))


def _know(session: Session, organization: Organization, agreed: Sequence[Contract] | None) -> _Known:
    found = contracts.of_organization(session, organization) if agreed is None else agreed
    granted = credit_rows.of_organization(session, organization)
    return _Known(
        contracts={one.subscription.id: one for one in found},
        credits={row.credit.id: row for row in granted},
        settled=settled_months.of_subscriptions(session, [one.subscription.id for one in found]),
        drawn=balances.of_credits(session, [row.credit.id for row in granted]),
    )


def _balance(settled: Sequence[SettledMonth]) -> Balance:
    """What closed months took of a commitment; nothing for a contract without one."""
    return Balance(
        used=settled_months.used(settled, *_POOLS),
        billed=settled_months.billed(settled, *_POOLS),
        beyond=settled_months.used(settled, Method.GCP_ELASTIC),
    )


def _taken(running: Iterable[Part]) -> Mapping[Key, Money]:
    taken: dict[Key, Money] = {}
    for part in running:
        for one in part.draws:
            taken[one.source.key] = taken.get(one.source.key, _NOTHING) + one.total
    return taken


def _row(source: Source, known: _Known, running: Money, on: date) -> AvailableCredit:
    if source.credit_id is not None:
        return _row_of_credit(source, known, running, on)
    if source.subscription_id is None:
        raise ValueError(f"{source.method} belongs to no contract")
    contract = known.contracts[source.subscription_id]
    settled = known.settled.get(source.subscription_id, ())
    used = settled_months.used(settled, source.method) + running
    is_limited = source.capacity is not None
    total = Money(contract.terms.commitment_cents or 0, USD) if is_limited else None
    return AvailableCredit(
        kind=contract.subscription.type,
        method=source.method,
        total=total,
        used=used,
        billed=_balance(settled).billed if is_limited else used,
        remaining=None if total is None else total - used,
        state=_state(contract.term if is_limited else contract.covers, on),
        days=contract.term if is_limited else contract.covers,
        subscription_id=source.subscription_id,
        credit_id=None,
        settled=settled if is_limited else (),
    )


def _row_of_credit(source: Source, known: _Known, running: Money, on: date) -> AvailableCredit:
    row = known.credits[source.credit_id or 0]
    total, used = Money(row.credit.total_cents, USD), known.drawn.get(row.credit.id, _NOTHING) + running
    days = _shown(row, known.contracts.get(row.credit.subscription_id or 0))
    return AvailableCredit(
        kind=row.credit.kind,
        method=source.method,
        total=total,
        used=used,
        billed=used,
        remaining=total - used,
        state=CreditState.VOID if row.terms.voided else _state(days, on),
        days=days,
        subscription_id=row.credit.subscription_id,
        credit_id=row.credit.id,
    )


def _shown(row: CreditRow, contract: Contract | None) -> Days:
    """The days of the term, as of a commitment's row, even where the first 30 days of use let them reach back (A1)."""
    starts_on = row.days.starts_on
    return Days(max(starts_on, contract.term.starts_on) if contract else starts_on, row.days.ends_before)


def _parts(session: Session, organization: Organization, on: date) -> Iterator[Part]:
    """What the running month drew up to and including the day."""
    month = Month.of(on)
    lines = rating.rated_lines(session, [organization.id], month, until=on + ONE_DAY)
    for group_id, of_group in lines.items():
        yield from settlement.settle(settling.sources(session, group_id, month), invoicing.owed(of_group))


def _state(days: Days, on: date) -> CreditState:
    if on < days.starts_on:
        return CreditState.UPCOMING
    return CreditState.ACTIVE if on in days else CreditState.EXPIRED
