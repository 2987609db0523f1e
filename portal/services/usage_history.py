"""What an organization used in the last twelve months, by service or by project: the figures of the usage chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from portal.domain.invoicing import PaymentStatus
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Month, add_months
from portal.domain.rating import NANO, Line, LineKind
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.organizations import Organization, Project
from portal.models.payments import Payment
from portal.models.usage import UsageRow
from portal.services import rating
from portal.services.usage_details import DailyCost

MONTHS = 12
MOST_PROJECTS = 19
"""With more projects there is no view by project (13.2)."""
_NANO_PER_CENT = NANO // 100

_Sum = tuple[Month, str, int]
_Rows = Select[date, Any, int]


class Dimension(StrEnum):
    """What the usage is taken apart by."""

    SERVICE = "service"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """What one service or project cost in one month, in US cents."""

    month: Month
    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class RunningMonth:
    """The running month's usage so far: in all, by project id, and by day and service."""

    month: Month
    usage: Money
    by_project: Mapping[int, Money]
    daily: Sequence[DailyCost]


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """The newest closed month and the usage on its invoices."""

    month: Month
    usage: Money


def months_until(running: Month) -> Sequence[Month]:
    """The twelve months that end with the running one, oldest first."""
    return list(Month.of(add_months(running.first_on, 1 - MONTHS)).until(running))


def monthly_costs(
    session: Session,
    organization: Organization,
    by: Dimension,
    *,
    on: date,
    running_lines: Iterable[Line],
    open_from: Month | None = None,
) -> Sequence[MonthlyCost]:
    """Usage of the twelve months up to the day `on`, without support and subscription charges (13.2).

    Each amount counts in the month that billed it first. `running_lines` are the running month's rated lines;
    `open_from` is the first earlier month that is not closed yet, where there is one.
    """
    months = months_until(Month.of(on))
    lines = chain(running_lines, _lines_of_open_months(session, organization, months, open_from))
    sums: dict[tuple[Month, str], int] = defaultdict(int)
    for month, name, cents in chain(_closed(session, organization, by, months), _open(lines, by)):
        sums[month, name] += cents
    return [MonthlyCost(month, name, cents) for (month, name), cents in sums.items() if cents]


def running_month(session: Session, organization: Organization, *, on: date) -> RunningMonth:
    """What was used in the month of `on` up to and including that day."""
    month = Month.of(on)
    by_project: dict[int, int] = defaultdict(int)
    daily: dict[tuple[date, str], int] = defaultdict(int)
    rated = rating.rated_lines(session, [organization.id], month, until=on + ONE_DAY)
    for line in chain.from_iterable(rated.values()):
        if line.project_id:
            by_project[line.project_id] += line.amount_cents
        daily[line.posted_on, line.service] += line.amount_cents
    return RunningMonth(
        month=month,
        usage=Money(sum(daily.values()), USD),
        by_project={project_id: Money(cents, USD) for project_id, cents in by_project.items()},
        daily=[DailyCost(day, service, cents) for (day, service), cents in sorted(daily.items())],
    )


def usage_so_far(session: Session, organization_ids: Collection[int], *, on: date) -> Mapping[int, Money]:
    """What each organization's running month comes to up to and including the day `on`, in one query."""
    cents = rating.cents_by_organization(session, organization_ids, Month.of(on).first_on, on + ONE_DAY)
    return {organization_id: Money(sum_, USD) for organization_id, sum_ in cents.items()}


def last_closed_month(session: Session, organization: Organization) -> ClosedMonth | None:
    """The newest closed month with the usage of all its invoices."""
    row = session.execute(
        select(Invoice.period_on, func.sum(Invoice.usage_cents))
        .where(Invoice.organization_id == organization.id)
        .group_by(Invoice.period_on)
        .order_by(Invoice.period_on.desc())
        .limit(1)
    ).one_or_none()
    return ClosedMonth(Month.of(row[0]), Money(int(row[1]), USD)) if row else None


def _lines_of_open_months(
    session: Session, organization: Organization, months: Sequence[Month], open_from: Month | None
) -> Iterator[Line]:
    """A month that has ended keeps its column while its invoice is being made."""
    if open_from:
        first = max(open_from, months[0])
        rated = rating.rated_between(session, [organization.id], first.first_on, months[-1].first_on)
        yield from chain.from_iterable(rated.values())


def _open(lines: Iterable[Line], by: Dimension) -> Iterator[_Sum]:
    for line in lines:
        if line.kind is LineKind.USAGE:
            yield (
                Month.of(line.posted_on),
                _name(line.service if by is Dimension.SERVICE else line.project),
                line.amount_cents,
            )


def _closed(session: Session, organization: Organization, by: Dimension, months: Sequence[Month]) -> Iterator[_Sum]:
    """The lines of closed invoices by month, less what a later month bills anew (by day, of open months too).

    The lines of a cancelled payment stay on their invoice, and the same usage stands once more in the month of the
    activation (A1). It was used once: the first month keeps it, and the later one gives it back.
    """
    first_on, last_on = months[0].first_on, months[-1].last_on
    for posted_on, name, cents in session.execute(
        union_all(_billed(organization, by, first_on), _carried(organization, by, first_on, last_on))
    ):
        yield Month.of(posted_on), _name(name), int(cents)


def _billed(organization: Organization, by: Dimension, first_on: date) -> _Rows:
    name = InvoiceLine.service if by is Dimension.SERVICE else Project.name
    return (
        select(Invoice.period_on, name, func.sum(InvoiceLine.amount_cents))
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .outerjoin(Project, Project.id == InvoiceLine.project_id)
        .where(
            Invoice.organization_id == organization.id,
            Invoice.period_on >= first_on,
            InvoiceLine.kind == LineKind.USAGE,
        )
        .group_by(Invoice.period_on, name)
    )


def _carried(organization: Organization, by: Dimension, first_on: date, last_on: date) -> _Rows:
    """Carried rows are whole cents at a unit price of 1, so nothing is rounded.

    Asked from the few cancelled payments, so that nobody else's twelve months of usage rows are read.
    """
    name = UsageRow.service if by is Dimension.SERVICE else Project.name
    return (
        select(UsageRow.posted_on, name, -func.sum(UsageRow.quantity_nano.op("/")(_NANO_PER_CENT)))
        .select_from(Payment)
        .join(UsageRow, UsageRow.carried_from_id == Payment.id)
        .join(Project, Project.id == UsageRow.project_id)
        .where(
            Payment.organization_id == organization.id,
            Payment.status == PaymentStatus.CANCELLED,
            UsageRow.organization_id == organization.id,
            UsageRow.posted_on.between(first_on, last_on),
        )
        .group_by(UsageRow.posted_on, name)
    )


def _name(name: str | None) -> str:
    return name or "No project"
