"""What was used in a month, summed and line by line: of an invoice by SQL, of the running month from rated lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from portal.domain import invoicing, rating
from portal.domain.rating import Line, LineKind
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.organizations import Project
from portal.services import invoices


@dataclass(frozen=True, slots=True)
class ProjectCost:
    """A project and what it cost, in US cents."""

    hex_id: str
    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class ServiceCost:
    """A service and what it cost, in US cents."""

    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class DailyCost:
    """What one service cost on one billed day, in US cents."""

    on: date
    service: str
    cents: int


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """A month's usage by project and by billed day, without support charges, and by service, with them (7.3, 2.4)."""

    by_project: Sequence[ProjectCost]
    by_service: Sequence[ServiceCost]
    daily: Sequence[DailyCost]

    @property
    def used_services(self) -> Sequence[str]:
        """The names of the services that were used, the most expensive first."""
        used = {cost.service for cost in self.daily}
        return [cost.name for cost in self.by_service if cost.name in used]


class LineOrder(StrEnum):
    """What usage details can be sorted by."""

    DATE = "date"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class LineQuery:
    """Which lines to show: a project by its id, a service, days of use (both included), lines of 0.00 or not."""

    project: str | None = None
    service: str | None = None
    from_on: date | None = None
    to_on: date | None = None
    with_zero: bool = False
    order: LineOrder = LineOrder.DATE
    descending: bool = True


@dataclass(frozen=True, slots=True)
class UsageLine:
    """A line of the usage details; `unit_price` in US dollars as a plain text, `amount_cents` in US cents."""

    used_on: date
    posted_on: date
    service: str
    sku: str
    project: str | None
    provider: str | None
    quantity: Decimal
    unit: str
    unit_price: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class LinePage:
    """One page of lines, and of all that the query finds: how many, their sum, and how many of 0.00 are left out."""

    items: Sequence[UsageLine]
    number: int
    total: int
    cents: int
    zero_lines_left_out: int


def summarize(session: Session, invoice: Invoice) -> UsageSummary:
    """The sums of a closed invoice, in two queries."""
    total = func.sum(InvoiceLine.amount_cents)
    projects = session.execute(
        select(Project.hex_id, InvoiceLine.project, total)
        .join(Project, Project.id == InvoiceLine.project_id)
        .where(InvoiceLine.invoice_id == invoice.id, InvoiceLine.kind == LineKind.USAGE)
        .group_by(Project.id, Project.hex_id, InvoiceLine.project)
        .order_by(total.desc(), InvoiceLine.project)
    )
    daily = session.execute(
        select(InvoiceLine.kind, InvoiceLine.posted_on, InvoiceLine.service, total)
        .where(InvoiceLine.invoice_id == invoice.id)
        .group_by(InvoiceLine.kind, InvoiceLine.posted_on, InvoiceLine.service)
        .order_by(InvoiceLine.posted_on, InvoiceLine.service)
    )
    return _summary(
        [ProjectCost(hex_id, str(name), int(cents)) for hex_id, name, cents in projects],
        [(kind, DailyCost(day, service, int(cents))) for kind, day, service, cents in daily],
    )


def summarize_lines(lines: Sequence[Line], projects: Mapping[int, Project]) -> UsageSummary:
    """The same sums of lines that are not on an invoice yet."""
    by_project = invoicing.summary(
        (line for line in lines if line.project_id), key=lambda line: projects[line.project_id or 0]
    )
    daily = invoicing.summary(lines, key=lambda line: (line.posted_on, line.service, line.kind))
    costs = [ProjectCost(project.hex_id, project.name, amount.minor) for project, amount in by_project.items()]
    return _summary(
        sorted(costs, key=lambda cost: (-cost.cents, cost.name)),
        [(kind, DailyCost(day, service, amount.minor)) for (day, service, kind), amount in sorted(daily.items())],
    )


def find_lines(session: Session, invoice: Invoice, query: LineQuery, *, number: int, size: int) -> LinePage:
    """Page `number` of the invoice's lines, `size` a page, in two queries."""
    found = [InvoiceLine.invoice_id == invoice.id, *_conditions(query)]
    is_zero = case((InvoiceLine.amount_cents == 0, 1), else_=0)
    count, cents, zero = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(InvoiceLine.amount_cents), 0),
            func.coalesce(func.sum(is_zero), 0),
        )
        .select_from(InvoiceLine)
        .outerjoin(Project, Project.id == InvoiceLine.project_id)
        .where(*found)
    ).one()
    left_out = 0 if query.with_zero else int(zero)
    number = invoices.last_page(number, total=count - left_out, size=size)
    shown = found if query.with_zero else [*found, InvoiceLine.amount_cents != 0]
    rows = session.scalars(
        select(InvoiceLine)
        .outerjoin(Project, Project.id == InvoiceLine.project_id)
        .where(*shown)
        .order_by(*_order(query))
        .limit(size)
        .offset((number - 1) * size)
    )
    return LinePage([_closed_line(line) for line in rows], number, count - left_out, int(cents), left_out)


def select_lines(
    lines: Iterable[Line], projects: Mapping[int, Project], query: LineQuery, *, number: int, size: int
) -> LinePage:
    """The same page of lines that are not on an invoice yet."""
    found = [line for line in lines if _matches(line, projects, query)]
    shown = [line for line in found if query.with_zero or line.amount_cents]
    shown.sort(
        key=lambda line: line.amount_cents if query.order is LineOrder.AMOUNT else line.used_on.toordinal(),
        reverse=query.descending,
    )
    number = invoices.last_page(number, total=len(shown), size=size)
    part = shown[(number - 1) * size : number * size]
    items = [_open_line(line, projects) for line in part]
    return LinePage(items, number, len(shown), rating.total_cents(found), len(found) - len(shown))


def _summary(by_project: Sequence[ProjectCost], daily: Sequence[tuple[LineKind, DailyCost]]) -> UsageSummary:
    """With the services of the days, the most expensive first."""
    sums: dict[str, int] = {}
    for _, cost in daily:
        sums[cost.service] = sums.get(cost.service, 0) + cost.cents
    by_service = [
        ServiceCost(name, cents) for name, cents in sorted(sums.items(), key=lambda sum_: (-sum_[1], sum_[0]))
    ]
    return UsageSummary(by_project, by_service, [cost for kind, cost in daily if kind is LineKind.USAGE])


def _conditions(query: LineQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.project is not None:
        conditions.append(Project.hex_id == query.project)
    if query.service is not None:
        conditions.append(InvoiceLine.service == query.service)
    if query.from_on is not None:
        conditions.append(InvoiceLine.used_on >= query.from_on)
    if query.to_on is not None:
        conditions.append(InvoiceLine.used_on <= query.to_on)
    return conditions


def _order(query: LineQuery) -> list[Any]:
    column: ColumnElement[Any] = (
        InvoiceLine.amount_cents.expression if query.order is LineOrder.AMOUNT else InvoiceLine.used_on.expression
    )
    return [column.desc() if query.descending else column.asc(), InvoiceLine.id]


def _matches(line: Line, projects: Mapping[int, Project], query: LineQuery) -> bool:
    project = projects[line.project_id].hex_id if line.project_id else None
    return (
        query.project in (None, project)
        and query.service in (None, line.service)
        and (query.from_on is None or line.used_on >= query.from_on)
        and (query.to_on is None or line.used_on <= query.to_on)
    )


def _closed_line(line: InvoiceLine) -> UsageLine:
    # By the name that was billed, whatever the project is called since.
    return UsageLine(
        line.used_on, line.posted_on, line.service, line.sku, line.project, line.provider,
        Decimal(line.quantity), line.unit, rating.plain_unit_price(line.unit_price_pico), line.amount_cents,
    )  # fmt: skip


def _open_line(line: Line, projects: Mapping[int, Project]) -> UsageLine:
    return UsageLine(
        line.used_on, line.posted_on, line.service, line.sku,
        projects[line.project_id].name if line.project_id else None, line.provider,
        Decimal(rating.plain_quantity(line.quantity_nano)), line.unit,
        rating.plain_unit_price(line.unit_price_pico), line.amount_cents,
    )  # fmt: skip
