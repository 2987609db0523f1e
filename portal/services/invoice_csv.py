"""An invoice's usage as CSV (6.3, 7.4), by RFC 4180, written piece by piece so that its length costs no memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select, union_all
from sqlalchemy.orm import Session

from portal.domain import rating
from portal.domain.invoicing import PREPAID
from portal.domain.methods import Method
from portal.domain.money import USD, decimal_text
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.links import PaymentShare
from portal.models.organizations import Organization, Project
from portal.models.payments import Payment
from portal.services.csv_text import guarded, written
from portal.services.rendering import PROVIDER_LABELS

COLUMNS = (
    "Organization ID", "Organization Name", "Date", "Usage Date", "Description", "SKU", "Region", "Quantity", "Unit",
    "Unit Price", "Amount", "Project ID", "Project", "Cluster",
)  # fmt: skip
_ROWS_A_PIECE = 1_000
_COLUMNS_OF_A_LINE = (
    InvoiceLine.posted_on, InvoiceLine.used_on, InvoiceLine.service, InvoiceLine.sku, InvoiceLine.provider,
    InvoiceLine.quantity, InvoiceLine.unit, InvoiceLine.unit_price_pico, InvoiceLine.amount_cents,
    Project.hex_id.label("project_hex_id"), InvoiceLine.project,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CsvSource:
    """What the rows are made from, read before the first piece is sent; labels of credits are the catalogue's."""

    invoice_id: int
    organization_hex_id: str
    organization_name: str
    closed_on: date
    payment_labels: Mapping[str, str]


def source_of(organization: Organization, invoice: Invoice, payment_labels: Mapping[str, str]) -> CsvSource:
    """What `pieces` needs to know of the invoice."""
    return CsvSource(invoice.id, organization.hex_id, organization.name, invoice.closed_at.date(), payment_labels)


def pieces(session: Session, source: CsvSource) -> Iterator[str]:
    """The file from its head to its last row. The amounts add up to the invoice's subtotal less its credits."""
    yield written([COLUMNS])
    lines = session.execute(
        select(*_COLUMNS_OF_A_LINE)
        .outerjoin(Project, Project.id == InvoiceLine.project_id)
        .where(InvoiceLine.invoice_id == source.invoice_id)
        .order_by(InvoiceLine.id)
        .execution_options(yield_per=_ROWS_A_PIECE)
    )
    for part in lines.partitions():
        yield written(_line(source, line) for line in part)
    if rows := list(_credits(session, source)):
        yield written(rows)


def _line(source: CsvSource, line: Row[*tuple[Any, ...]]) -> tuple[str, ...]:
    provider = PROVIDER_LABELS.get(line.provider or "", line.provider)
    return (
        source.organization_hex_id,
        guarded(source.organization_name),
        line.posted_on.isoformat(),
        line.used_on.isoformat(),
        guarded(f"{line.service}, {provider}" if provider else line.service),
        guarded(line.sku),
        "",
        line.quantity,
        guarded(line.unit),
        rating.plain_unit_price(line.unit_price_pico),
        decimal_text(line.amount_cents, USD),
        line.project_hex_id or "",
        guarded(line.project or ""),
        "",
    )


def _credits(session: Session, source: CsvSource) -> Iterator[tuple[str, ...]]:
    """A negative row with the word Credit for each payment by credits (6.3)."""
    for method, cents in _drawn(session, source.invoice_id):
        yield (
            source.organization_hex_id,
            guarded(source.organization_name),
            source.closed_on.isoformat(),
            source.closed_on.isoformat(),
            guarded(f"Credit: {source.payment_labels[method]}"),
            "", "", "", "", "",
            decimal_text(-cents, USD),
            "", "", "",
        )  # fmt: skip


def _drawn(session: Session, invoice_id: int) -> Iterator[tuple[Method, int]]:
    """What each payment by credits covered of the invoice, in US cents: all of it, or a share (13.6)."""
    own_share = (PaymentShare.payment_id == Payment.id) & (PaymentShare.invoice_id == invoice_id)
    own = select(Payment.method, func.coalesce(PaymentShare.usage_cents, Payment.usage_cents), Payment.position)
    of_others = select(Payment.method, PaymentShare.usage_cents, Payment.position).join(PaymentShare, own_share)
    drawn = union_all(
        own.outerjoin(PaymentShare, own_share).where(Payment.invoice_id == invoice_id, Payment.method.in_(PREPAID)),
        of_others.where(Payment.invoice_id != invoice_id, Payment.method.in_(PREPAID)),
    )
    rows = sorted(session.execute(drawn), key=lambda row: row[2])
    return ((Method(method), cents) for method, cents, _ in rows if cents)
