"""Staff inside a customer's organization: for a reason that the customer sees, and for a while (VISIT-1 to VISIT-3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.models.history import StaffVisit
from portal.models.organizations import Organization, User
from portal.services import history, months

LASTS = timedelta(hours=1)
SHORTEST_REASON = 10


def find_organization(session: Session, hex_id: str) -> Organization | None:
    """The organization with this id, whoever belongs to it."""
    return session.scalar(select(Organization).where(Organization.hex_id == hex_id))


def enter(session: Session, organization: Organization, *, by: User, reason: str, at: datetime) -> StaffVisit:
    """Begin a visit, and end the one that is open; refused without a real reason."""
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise Refusal(f"Enter a reason of at least {SHORTEST_REASON} characters. The customer reads it.")
    # Of two that begin at once the second finds the first, and ends it.
    months.lock(session, organization)
    leave(session, organization, by=by, at=at)
    visit = StaffVisit(user_id=by.id, organization_id=organization.id, reason=reason, began_at=at, ends_at=at + LASTS)
    session.add(visit)
    works_on = ", ".join(sorted(held.role for held in by.staff_roles))
    detail = f"{by.name} ({works_on}), until {visit.ends_at:%H:%M} UTC: {reason}"
    history.record(session, organization, Event.STAFF_ENTERED, at=at, detail=detail, by=by)
    session.flush()
    return visit


def leave(session: Session, organization: Organization, *, by: User, at: datetime) -> None:
    """End the visit of `by` that is open here; nothing happens where none is."""
    visit = find_open(session, by.id, slug=organization.slug, at=at)
    if visit is None:
        return
    visit.left_at = at
    history.record(session, organization, Event.STAFF_LEFT, at=at, detail=by.name, by=by)
    session.flush()


def find_open(session: Session, user_id: int, *, slug: str, at: datetime) -> StaffVisit | None:
    """The person's own visit to this organization that is open at this instant."""
    return session.scalars(
        select(StaffVisit)
        .join(StaffVisit.organization)
        .where(
            Organization.slug == slug,
            StaffVisit.user_id == user_id,
            StaffVisit.left_at.is_(None),
            StaffVisit.began_at <= at,
            StaffVisit.ends_at > at,
        )
        .options(joinedload(StaffVisit.organization))
        .order_by(StaffVisit.id.desc())
        .limit(1)
    ).one_or_none()
