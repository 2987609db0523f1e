"""What is frozen into documents when a month is closed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from invoices import document
from portal.models.documents import Document, DocumentKind
from portal.services import rendering
from tests.customers import a_customer, close, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def test_late_usage_shows_the_day_it_was_billed(session: Session) -> None:
    """7.3: usage date and billed date; the second stands only where it is another."""
    customer = a_customer(session, method=None)
    close(session, customer, "2024-01")
    use(session, customer, date(2024, 1, 31), "1", posted_on=date(2024, 2, 1))
    use(session, customer, date(2024, 2, 1), "2")
    close(session, customer, "2024-02")
    row = session.scalars(
        select(Document).where(Document.kind == DocumentKind.CLOUD_INVOICE).order_by(Document.id.desc()).limit(1)
    ).one()
    content = rendering.full_document(session, row)
    assert isinstance(content, document.CloudInvoice)
    (group,) = content.details or ()
    assert [(line.usage_on, line.billed_on) for line in group.lines] == [
        (date(2024, 1, 31), date(2024, 2, 1)),
        (date(2024, 2, 1), None),
    ]
