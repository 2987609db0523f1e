"""Available credits and their history as the billing overview shows them (atlas 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.blueprints.billing.words import method_label
from portal.domain.methods import Method, SubscriptionType
from portal.domain.periods import Month
from portal.domain.projection import Position
from portal.models.organizations import Organization
from portal.services import available_credits, billing_standing, contract_positions
from portal.services.available_credits import AvailableCredit, CreditState
from portal.services.billing_overview import PendingInvoice
from portal.services.billing_standing import Standing
from portal.web import db
from portal.web.access import current_catalogue

_WHOLE = 100
_OVER: Mapping[CreditState, str] = {CreditState.EXPIRED: "Expired", CreditState.VOID: "Voided"}


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A row as it is read: its name, a note on how it stands, and which whole part of a hundred of it is used."""

    row: AvailableCredit
    name: str
    note: str
    percent: int


@dataclass(frozen=True, slots=True)
class Spending:
    """A contract's months against its commitment; `has_parts` where a part of it is due each month."""

    name: str
    position: Position
    has_parts: bool


@dataclass(frozen=True, slots=True)
class CreditTable:
    """What is drawn now and later, what is over, and the spending of contracts with a commitment."""

    current: Sequence[CreditLine]
    history: Sequence[CreditLine]
    spending: Sequence[Spending]


def credit_context(
    organization: Organization, pending: PendingInvoice, *, open_from: Month | None = None
) -> dict[str, object]:
    """How the organization pays on the day of `pending`, and its credits.

    Months before `open_from` (None: the running one) are closed.
    """
    session, on = db.session(), pending.as_of
    standing = billing_standing.standing(session, organization, on=on)
    rows = available_credits.all_rows(session, organization, pending.parts, on=on, agreed=standing.agreed)
    over = sorted((row for row in rows if row.is_over), key=lambda row: row.days.ends_before or on, reverse=True)
    table = CreditTable(
        current=_lines((row for row in rows if not row.is_over), on),
        history=[CreditLine(row, credit_name(row), _OVER[row.state], _percent(row)) for row in over],
        spending=_spending(rows, pending, standing, open_from or pending.month),
    )
    return {"standing": standing, "credits": table}


def credit_name(row: AvailableCredit) -> str:
    """What a row is called: the type of its contract, or the catalogue's words for what it is."""
    sold = current_catalogue().subscription_types
    if row.method is Method.ELASTIC:
        return sold[SubscriptionType.ELASTIC].name
    if row.credit_id is None and row.method is not Method.GCP_ELASTIC:
        return sold[row.kind].name
    return method_label(row.method)


def _lines(rows: Iterable[AvailableCredit], on: date) -> list[CreditLine]:
    lines: list[CreditLine] = []
    is_next = True
    for row in rows:
        lines.append(CreditLine(row, credit_name(row), _note(row, on, is_next=is_next), _percent(row)))
        is_next = is_next and row.remaining is not None and not row.remaining
    return lines


def _note(row: AvailableCredit, on: date, *, is_next: bool) -> str:
    """How a row stands that is not over; `is_next` says that all rows above it are used up."""
    if row.state is CreditState.UPCOMING:
        days = (row.days.starts_on - on).days
        return f"Upcoming, starts in {days} days" if days > 1 else "Upcoming, starts tomorrow"
    if row.remaining is not None and not row.remaining:
        return "Used up"
    if is_next:
        return "In use"
    return "Starts when the rows above are used up"


def _percent(row: AvailableCredit) -> int:
    """Of a hundred; a whole hundred only where nothing is left."""
    return row.used.minor * _WHOLE // row.total.minor if row.total else 0


def _spending(
    rows: Sequence[AvailableCredit], pending: PendingInvoice, standing: Standing, open_from: Month
) -> list[Spending]:
    active = {
        row.subscription_id: row
        for row in rows
        if row.state is CreditState.ACTIVE and row.credit_id is None and row.total is not None
    }
    spending = []
    for contract in standing.contracts:
        row = active.get(contract.subscription.id)
        if row is None:
            continue
        position = contract_positions.position_of(
            contract, row.settled, pending.parts, open_from=open_from, on=pending.as_of
        )
        if position:
            has_parts = row.method in {Method.MONTHLY_COMMITMENT, Method.GCP_COMMITMENT}
            spending.append(Spending(credit_name(row), position, has_parts))
    return spending
