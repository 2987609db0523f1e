"""Writes what happened in an organization."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.events import Event
from portal.domain.periods import Month
from portal.models.history import Activity
from portal.models.invoices import Invoice
from portal.models.organizations import Organization, Project, User
from portal.models.payments import Payment
from portal.services import bulk

_KEY = "request that writes"
_CLOSED = ("organization_id", "type", "text", "invoice_id", "happened_at", "remote_address", "by_staff")


@dataclass(frozen=True, slots=True)
class Origin:
    """The request in which something is done: from which address, and whether staff do it as staff."""

    remote_address: str
    by_staff: bool = False


_NOWHERE = Origin("")


def write_from(session: Session, origin: Origin) -> None:
    """Let all that is recorded in `session` from now on say where it came from; jobs and commands say nothing."""
    session.info[_KEY] = origin


def record(
    session: Session,
    organization: Organization | int,
    event: Event,
    *,
    at: datetime,
    detail: str = "",
    by: User | None = None,
    target: User | None = None,
    project: Project | None = None,
    invoice: Invoice | None = None,
    payment: Payment | None = None,
    label: str | None = None,
) -> None:
    """Add an event to the feed; `detail` follows the event's label as a sentence. `target` is whom it was done to.

    `label` is the event's in the words of the vendor, where they are others.
    """
    session.add(
        _activity(
            session,
            organization if isinstance(organization, int) else organization.id,
            event,
            at=at,
            detail=detail,
            label=label or event.value,
            user_id=by.id if by else None,
            target_user_id=target.id if target else None,
            project_id=project.id if project else None,
            invoice_id=invoice.id if invoice else None,
            payment_id=payment.id if payment else None,
        )
    )


def record_closed(session: Session, invoices: Iterable[Invoice], month: Month, *, at: datetime) -> None:
    """Add the event of each of the invoices of `month` that it is closed, all at once."""
    closed, origin = Event.INVOICE_CLOSED, _origin(session)
    came_from = origin.remote_address or None, origin.by_staff
    rows = [
        (one.organization_id, closed.name, f"{closed.value}. {one.number} for {month}", one.id, at, *came_from)
        for one in invoices
    ]
    bulk.write(session, Activity, _CLOSED, rows)


def _activity(
    session: Session,
    organization_id: int,
    event: Event,
    *,
    at: datetime,
    detail: str,
    label: str = "",
    **concerned: int | None,
) -> Activity:
    """The row of an event; `concerned` has the keys of who and what it is about."""
    origin = _origin(session)
    return Activity(
        organization_id=organization_id,
        type=event.name,
        text=f"{label or event.value}. {detail}" if detail else label or event.value,
        remote_address=origin.remote_address or None,
        by_staff=origin.by_staff,
        happened_at=at,
        **concerned,
    )


def _origin(session: Session) -> Origin:
    origin: Origin = session.info.get(_KEY, _NOWHERE)
    return origin
