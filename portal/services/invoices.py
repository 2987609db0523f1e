"""The invoices of an organization: the list with its filters, one by its number, its documents, and what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain import invoicing
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.models.billing_groups import BillingProfile
from portal.models.documents import Document, DocumentKind
from portal.models.invoices import STATUS_PLACE, Invoice
from portal.models.organizations import Organization
from portal.models.payments import Payment, Receipt

MOST_LISTED = 10_000
"""How many invoices a list counts and pages through."""


class StatusFilter(StrEnum):
    """What the list can be narrowed to (7.2)."""

    PENDING = "pending"
    FREE = "free"
    SUCCESSFUL = "successful"


STATUSES: Mapping[StatusFilter, frozenset[InvoiceStatus]] = {
    StatusFilter.PENDING: frozenset({InvoiceStatus.PENDING, InvoiceStatus.CLOSED, InvoiceStatus.FAILED}),
    StatusFilter.FREE: frozenset({InvoiceStatus.FREE}),
    StatusFilter.SUCCESSFUL: frozenset({InvoiceStatus.PAID, InvoiceStatus.PREPAID}),
}
"""Which statuses each filter lets through; INVOICED and FORGIVEN appear without a filter only (7.2)."""


class InvoiceOrder(StrEnum):
    """What the list can be sorted by."""

    DATE = "date"
    STATUS = "status"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class InvoiceQuery:
    """Which invoices to list: periods that start on or after `from_on` and end on or before `to_on` (7.2)."""

    status: StatusFilter | None = None
    from_on: date | None = None
    to_on: date | None = None
    order: InvoiceOrder = InvoiceOrder.DATE
    descending: bool = True


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """An invoice and what is still due for it, one amount a currency."""

    invoice: Invoice
    due: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One page of the list; `number` is the page shown, which is the last one where a later one was asked for.

    `total` is at most `MOST_LISTED`, and the list ends there: further invoices are found by a status or by dates.
    """

    items: Sequence[ListedInvoice]
    number: int
    total: int

    @property
    def may_be_cut(self) -> bool:
        """Whether there may be invoices beyond the end of the list."""
        return self.total >= MOST_LISTED


def list_invoices(
    session: Session, organization: Organization, query: InvoiceQuery, *, number: int, size: int
) -> InvoicePage:
    """Page `number` of the organization's invoices, `size` a page, in a constant number of queries."""
    of = {"organization_id": organization.id}
    total = session.scalar(_count(query), of) or 0
    number = last_page(number, total=total, size=size)
    invoices = session.scalars(_page(query), of | {"size": size, "skipped": (number - 1) * size}).all()
    return InvoicePage(with_due(session, invoices), number, total)


def find_invoice(session: Session, organization: Organization, number: str) -> Invoice | None:
    """The organization's invoice with this number; another organization's is absent."""
    return session.scalar(select(Invoice).where(Invoice.organization_id == organization.id, Invoice.number == number))


def find_with_profile(
    session: Session, organization: Organization, number: str
) -> tuple[Invoice, BillingProfile | None] | None:
    """The same with the billing profile that the invoice was made by, in one query."""
    row = session.execute(_with_profile(), {"organization_id": organization.id, "number": number}).one_or_none()
    return (row[0], row[1]) if row else None


def last_invoice(session: Session, organization: Organization) -> Invoice | None:
    """The invoice of the newest closed month."""
    return session.scalar(_newest_first(organization).limit(1))


def newest(session: Session, organization: Organization, *, most: int) -> Sequence[Invoice]:
    """The invoices of the newest closed months."""
    return session.scalars(_newest_first(organization).limit(most)).all()


def has_invoices(session: Session, organization: Organization) -> bool:
    """Whether any month was invoiced."""
    return session.scalar(_newest_first(organization).with_only_columns(Invoice.id).limit(1)) is not None


def find_document(session: Session, organization: Organization, kind: DocumentKind, number: str) -> Document | None:
    """The organization's issued document of this kind and number; another organization's is absent."""
    return session.scalar(
        select(Document).where(
            Document.organization_id == organization.id, Document.kind == kind, Document.number == number
        )
    )


def with_due(session: Session, invoices: Sequence[Invoice]) -> Sequence[ListedInvoice]:
    """The invoices with what is still due, all of them in one query."""
    due = _due_by_invoice(session, [invoice.id for invoice in invoices]) if invoices else {}
    return [ListedInvoice(invoice, due.get(invoice.id, (Money.zero(USD),))) for invoice in invoices]


def last_page(number: int, *, total: int, size: int) -> int:
    """The page to show where `number` was asked for: at most the last one there is, at least the first."""
    return max(1, min(number, -(-total // size)))


def by_currency(amounts: Collection[Money]) -> tuple[Money, ...]:
    """The sum in each currency, without currencies in which nothing is open, unless nothing is open at all."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
    return tuple(sum_ for sum_ in sums.values() if sum_) or tuple(sums.values())[:1]


def _due_by_invoice(session: Session, invoice_ids: Collection[int]) -> Mapping[int, tuple[Money, ...]]:
    rows = session.execute(_received(), {"invoice_ids": list(invoice_ids)})
    open_amounts: dict[int, list[Money]] = defaultdict(list)
    for invoice_id, currency, status, total, received in rows:
        due = invoicing.due_after(status, total_minor=total, received_minor=int(received))
        open_amounts[invoice_id or 0].append(Money(due, currency))
    return {invoice_id: by_currency(amounts) for invoice_id, amounts in open_amounts.items()}


@cache
def _received() -> Select[int | None, str, PaymentStatus, int, int]:
    return (
        select(
            Payment.invoice_id,
            Payment.currency,
            Payment.status,
            Payment.total_minor,
            func.coalesce(func.sum(Receipt.amount_minor), 0),
        )
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(Payment.invoice_id.in_(bindparam("invoice_ids", expanding=True)))
        .group_by(Payment.id)
        .order_by(Payment.invoice_id, Payment.position)
    )


@cache
def _with_profile() -> Select[Invoice, BillingProfile]:
    return (
        select(Invoice, BillingProfile)
        .outerjoin(BillingProfile, BillingProfile.id == Invoice.billing_profile_id)
        .where(Invoice.organization_id == bindparam("organization_id"), Invoice.number == bindparam("number"))
    )


# Most people look at the list as it is, or by one of a few filters; to put a statement together takes longer than to
# ask it.
@lru_cache(maxsize=64)
def _count(query: InvoiceQuery) -> Select[int]:
    # Nobody pages through more, and who counts no further is as fast with 100,000 invoices as with a hundred.
    counted = select(Invoice.id).where(*_conditions(query)).limit(MOST_LISTED).subquery()
    return select(func.count()).select_from(counted)


@lru_cache(maxsize=64)
def _page(query: InvoiceQuery) -> Select[Invoice]:
    order = _order(query)
    # The page is found by its ids alone, so that a far page reads index entries and not rows.
    ids = select(Invoice.id).where(*_conditions(query)).order_by(*order)
    part = ids.limit(bindparam("size", type_=Integer)).offset(bindparam("skipped", type_=Integer))
    return select(Invoice).where(Invoice.id.in_(part)).order_by(*order)


def _newest_first(organization: Organization) -> Select[Invoice]:
    return (
        select(Invoice)
        .where(Invoice.organization_id == organization.id)
        .order_by(Invoice.period_on.desc(), Invoice.id.desc())
    )


def _conditions(query: InvoiceQuery) -> list[ColumnElement[bool]]:
    conditions = [Invoice.organization_id == bindparam("organization_id")]
    if query.status:
        conditions.append(Invoice.status.in_(STATUSES[query.status]))
    if query.from_on:
        conditions.append(Invoice.period_on >= query.from_on)
    if query.to_on:
        conditions.append(Invoice.period_on <= _latest_start(query.to_on))
    return conditions


def _latest_start(to_on: date) -> date:
    """The start of the last period that has ended by the end of `to_on`."""
    month = Month.of(to_on)
    return month.first_on if month.last_on <= to_on else month.preceding().first_on


def _order(query: InvoiceQuery) -> list[Any]:
    """By one column, and the newest first among equals: an index has the order already, or all but equals."""
    columns: Mapping[InvoiceOrder, ColumnElement[Any]] = {
        InvoiceOrder.DATE: Invoice.period_on.expression,
        InvoiceOrder.STATUS: STATUS_PLACE,
        InvoiceOrder.USAGE: Invoice.usage_cents.expression,
    }
    wanted = columns[query.order]
    return [wanted.desc() if query.descending else wanted.asc(), Invoice.period_on.desc(), Invoice.id.desc()]
