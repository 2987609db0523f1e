"""Issued documents: their numbers, their frozen content, and the files made from it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Cents, Id, UtcDateTime, one_of


class DocumentKind(StrEnum):
    """What a document is; the value is also its folder in the archive and its part of a URL."""

    CLOUD_INVOICE = "cloud-invoice"
    TAX_INVOICE = "tax-invoice"
    ORDER_FORM = "order-form"


class NumberSeries(Base):
    """The last number taken of a series. It is taken in the issuing transaction, so there is no gap and no double."""

    __tablename__ = "number_series"

    legal_entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Document(Base):
    """Every printed fact of an issued document, as JSON of `invoices.document`; usage details by reference to lines."""

    __tablename__ = "documents"

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    content: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WaitingDocument(Base):
    """A document that has no PDF yet. The row comes with the document and goes with its file.

    `next_try_at` is None until somebody takes it in hand, and then the instant from which others may; `attempts` are
    those that failed, the last one because of `reason`.
    """

    __tablename__ = "waiting_documents"

    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)


class DocumentFile(Base):
    """The PDF of a document, written to the archive once, with its hash."""

    __tablename__ = "document_files"

    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    archived_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TaxInvoice(Base):
    """The tax invoice of one payment, in the payment's currency; `period_on` is None for a prepayment."""

    __tablename__ = "tax_invoices"
    __table_args__ = (Index(None, "organization_id", "issued_on"),)

    id: Mapped[Id]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), unique=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    period_on: Mapped[date | None]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    net_minor: Mapped[Cents]
    tax_minor: Mapped[Cents]
    total_minor: Mapped[Cents]
