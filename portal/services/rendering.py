"""Makes the PDFs of frozen documents and keeps them in the archive, each once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from invoices import document
from invoices.archive import Archive, Kind
from invoices.render import render
from portal.domain import rating
from portal.domain.rating import LineKind
from portal.models.documents import Document, DocumentFile, DocumentKind, WaitingDocument
from portal.models.invoices import InvoiceLine

KINDS = {
    DocumentKind.CLOUD_INVOICE: Kind.CLOUD_INVOICE,
    DocumentKind.TAX_INVOICE: Kind.TAX_INVOICE,
    DocumentKind.ORDER_FORM: Kind.ORDER_FORM,
}
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)
PROVIDER_LABELS = {"AWS": "AWS", "GCP": "Google Cloud", "AZURE": "Azure"}


class NotMadeError(Exception):
    """The document has no file yet; it waits for a worker to make it."""


def waiting(session: Session, *, after: int = 0, limit: int = 100) -> Sequence[int]:
    """The ids of issued documents that have no file yet, beyond the id `after`, the oldest first."""
    return session.scalars(
        select(WaitingDocument.document_id)
        .where(WaitingDocument.document_id > after)
        .order_by(WaitingDocument.document_id)
        .limit(limit)
    ).all()


def take_in_hand(session: Session, *, at: datetime, until: datetime) -> int | None:
    """The id of the oldest document that waits and that nobody has in hand; others leave it alone until `until`.

    Who dies with a document in hand delays it until then, and loses nothing.
    """
    row = session.scalar(
        select(WaitingDocument)
        .where(or_(WaitingDocument.next_try_at.is_(None), WaitingDocument.next_try_at <= at))
        .order_by(WaitingDocument.document_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.next_try_at = until
    return row.document_id


def put_off(session: Session, document_id: int, reason: str, *, at: datetime) -> None:
    """Note why a document could not be made. It is tried again after 1, 2, 4, 8 … minutes, at last once a day."""
    row = session.get(WaitingDocument, document_id, with_for_update=True)
    if row is None:
        return
    row.attempts += 1
    row.reason = reason
    row.next_try_at = at + min(_FIRST_PAUSE * 2 ** min(row.attempts - 1, 16), _LONGEST_PAUSE)


def read(session: Session, document_id: int) -> tuple[Document, document.Document]:
    """The document with everything that is printed; `draw` needs no database any more."""
    row = session.get_one(Document, document_id)
    return row, full_document(session, row)


def draw(content: document.Document) -> bytes:
    """The PDF of a document. The same document is the same bytes, whenever and wherever it is drawn (DOC-6)."""
    return render(content)


def keep(session: Session, archive: Archive, row: Document, pdf: bytes, *, at: datetime) -> None:
    """Archive the PDF and note its hash; nothing happens where another process was first."""
    sha256 = archive.write(KINDS[row.kind], row.number, pdf)
    if session.get(DocumentFile, row.id) is None:
        session.add(DocumentFile(document_id=row.id, sha256=sha256, size=len(pdf), archived_at=at))
        session.flush()
    session.execute(delete(WaitingDocument).where(WaitingDocument.document_id == row.id))


def pdf_of(session: Session, archive: Archive, row: Document) -> bytes:
    """The PDF as archived, checked against its hash; `NotMadeError` while it still waits to be made (DOC-5)."""
    file = session.get(DocumentFile, row.id)
    if file is None:
        raise NotMadeError(f"{row.number} has no file yet")
    return archive.read(KINDS[row.kind], row.number, sha256=file.sha256)


def full_document(session: Session, row: Document) -> document.Document:
    """The frozen document; a cloud invoice with its usage details, which are the invoice's lines."""
    content = document.from_json(row.content)
    if isinstance(content, document.CloudInvoice):
        return document.with_details(content, _details(session, row))
    return content


def _details(session: Session, row: Document) -> tuple[document.UsageGroup, ...]:
    lines = session.scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id == row.invoice_id).order_by(InvoiceLine.id)
    )
    named = sorted(
        ((line.project or "Support", line.provider or "", line) for line in lines),
        key=lambda group: (group[2].kind is LineKind.SUPPORT, group[0], group[1]),
    )
    return tuple(
        _group(project, provider, [line for _, _, line in members])
        for (project, provider), members in itertools.groupby(named, key=lambda group: group[:2])
    )


def _group(project: str, provider: str, lines: Sequence[InvoiceLine]) -> document.UsageGroup:
    return document.UsageGroup(
        project=project,
        provider_label=PROVIDER_LABELS.get(provider),
        subtotal_cents=sum(line.amount_cents for line in lines),
        lines=tuple(
            document.UsageLine(
                usage_on=line.used_on,
                billed_on=line.posted_on if line.posted_on != line.used_on else None,
                service=line.service,
                item=line.sku,
                quantity=line.quantity,
                unit=line.unit,
                unit_price=rating.plain_unit_price(line.unit_price_pico),
                amount_cents=line.amount_cents,
            )
            for line in lines
        ),
    )
