"""Ends what a person may do in the portal altogether, and lets them in again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.sessions import AccountEvent, EndReason
from portal.models.organizations import User
from portal.services import account_activities, sessions


def deactivate(session: Session, user: User, *, by: User | None, reason: str, at: datetime) -> None:
    """Sign the person out everywhere and let them sign in no more; memberships stay, and give no rights (MEMBER-7)."""
    if by is not None and by.id == user.id:
        raise Refusal("Somebody else has to deactivate you.")
    if user.deactivated_at:
        raise AlreadyDone(f"{user.name} is deactivated already.")
    user.deactivated_at = at
    sessions.end_all(session, user.id, because=EndReason.DEACTIVATED, at=at)
    account_activities.record(session, user, AccountEvent.DEACTIVATED, at=at, by=by, detail=reason)


def reactivate(session: Session, user: User, *, by: User | None, reason: str, at: datetime) -> None:
    """Let the person sign in again."""
    if not user.deactivated_at:
        raise AlreadyDone(f"{user.name} is not deactivated.")
    user.deactivated_at = None
    account_activities.record(session, user, AccountEvent.REACTIVATED, at=at, by=by, detail=reason)
