"""Reads and writes what happened to a person's account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.sessions import AccountEvent
from portal.models.organizations import User
from portal.models.sessions import AccountActivity

SHOWN = 20


def record(
    session: Session, user: User, event: AccountEvent, *, at: datetime, by: User | None, detail: str = ""
) -> AccountActivity:
    """Add an event to what happened to `user`'s account; `by` is who did it, where that is known."""
    activity = AccountActivity(user_id=user.id, by_id=by.id if by else None, type=event, detail=detail, happened_at=at)
    session.add(activity)
    session.flush()
    return activity


def latest(session: Session, user_id: int) -> Sequence[AccountActivity]:
    """The last events of a person's account, the newest first, with who did it."""
    query = select(AccountActivity).where(AccountActivity.user_id == user_id).options(joinedload(AccountActivity.by))
    newest_first = query.order_by(AccountActivity.happened_at.desc(), AccountActivity.id.desc())
    return session.scalars(newest_first.limit(SHOWN)).all()
