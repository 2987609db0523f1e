"""Writes and reads what happened in an organization."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.events import Event
from portal.models.history import Activity
from portal.models.invoices import Invoice
from portal.models.organizations import Organization, User
from portal.models.payments import Payment


def record(
    session: Session,
    organization: Organization | int,
    event: Event,
    *,
    at: datetime,
    detail: str = "",
    by: User | None = None,
    invoice: Invoice | None = None,
    payment: Payment | None = None,
) -> None:
    """Add an event to the feed; `detail` follows the event's label as a sentence."""
    session.add(
        Activity(
            organization_id=organization if isinstance(organization, int) else organization.id,
            type=event.name,
            text=f"{event.value}. {detail}" if detail else event.value,
            user_id=by.id if by else None,
            invoice_id=invoice.id if invoice else None,
            payment_id=payment.id if payment else None,
            happened_at=at,
        )
    )
