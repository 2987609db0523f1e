"""Closed months: the invoice of a billing group, its lines, and the marks that a month is closed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.invoicing import InvoiceStatus
from portal.domain.rating import LineKind
from portal.models.base import Base, Cents, Id, UtcDateTime, new_hex_id, one_of

# The place of an invoice's status among the labels that people read, which an index has in order.
STATUS_PLACE: ColumnElement[int] = literal_column(
    "(CASE invoices.status WHEN 'CLOSED' THEN 0 WHEN 'FAILED' THEN 1 WHEN 'FORGIVEN' THEN 2 WHEN 'INVOICED' THEN 3 "
    "WHEN 'FREE' THEN 4 WHEN 'PENDING' THEN 5 WHEN 'PREPAID' THEN 6 WHEN 'PAID' THEN 7 END)",
    Integer,
)


class MonthClose(Base):
    """An organization's month that is closed. From then on its usage and invoices are frozen."""

    __tablename__ = "month_closes"
    __table_args__ = (UniqueConstraint("organization_id", "period_on"),)

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    period_on: Mapped[date] = mapped_column(index=True)
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SetAside(Base):
    """An organization whose month could not be closed, and why; the row goes when the month is closed."""

    __tablename__ = "set_aside"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    period_on: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClosingRequest(Base):
    """That a member of staff asked for a month to be closed now: at once, and also who was set aside before."""

    __tablename__ = "closing_requests"

    id: Mapped[Id]
    period_on: Mapped[date]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Invoice(Base):
    """The cloud invoice of one billing group and closed month, in US dollars. Only `status` may change afterwards.

    `billing_profile_id` is the profile as it stood at the close: it decided the taxes and stands on the documents.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("billing_group_id", "period_on"),
        # For the list of invoices, in each of its orders; the status stands with the period for the filter by it.
        Index(None, "organization_id", "period_on", "id", "status"),
        Index(None, "organization_id", "status", "period_on", "id"),
        Index(None, "organization_id", "usage_cents", "period_on", "id"),
    )

    id: Mapped[Id]
    hex_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_hex_id)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    billing_group_id: Mapped[int] = mapped_column(ForeignKey("billing_groups.id"))
    billing_profile_id: Mapped[int | None] = mapped_column(ForeignKey("billing_profiles.id"))
    period_on: Mapped[date] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[InvoiceStatus] = mapped_column(one_of(InvoiceStatus))
    usage_cents: Mapped[Cents]
    support_cents: Mapped[Cents]
    credits_cents: Mapped[Cents]
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    lines: Mapped[list[InvoiceLine]] = relationship(order_by="InvoiceLine.id", viewonly=True)

    @property
    def subtotal_cents(self) -> int:
        """Usage and support charges, in US cents."""
        return self.usage_cents + self.support_cents


class InvoiceLine(Base):
    """A rated line: one project, item, provider, unit price, day of use and of billing, rounded once to the cent.

    `project` is the project's name at the close, so that a later name changes no document. On PostgreSQL a guard of
    whole statements stands for the foreign keys.
    """

    __tablename__ = "invoice_lines"

    id: Mapped[Id]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    kind: Mapped[LineKind] = mapped_column(one_of(LineKind))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    project: Mapped[str | None] = mapped_column(String(100))
    service: Mapped[str] = mapped_column(String(100))
    sku: Mapped[str] = mapped_column(String(200))
    provider: Mapped[str | None] = mapped_column(String(40))
    used_on: Mapped[date]
    posted_on: Mapped[date]
    # The sum of many rows may pass 64 bits, so it is a text of plain digits; nothing is computed from it.
    quantity: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(40))
    unit_price_pico: Mapped[int] = mapped_column(BigInteger)
    amount_cents: Mapped[Cents]


Index("ix_invoices_status_place", Invoice.organization_id, STATUS_PLACE, Invoice.period_on, Invoice.id)
