"""Who else looks at a case right now: advice for agents, never a lock (DESK-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from portal.models.cases import Case
from portal.models.onlookers import Onlooker
from portal.models.organizations import User

LASTS = timedelta(seconds=45)
_FORGOTTEN_AFTER = timedelta(hours=1)


def note(session: Session, case_id: int, user_id: int, *, at: datetime) -> None:
    """Note that the agent has the case open; what they looked at long ago is forgotten."""
    session.execute(delete(Onlooker).where(Onlooker.user_id == user_id, Onlooker.seen_at < at - _FORGOTTEN_AFTER))
    own = update(Onlooker).where(Onlooker.case_id == case_id, Onlooker.user_id == user_id).values(seen_at=at)
    if session.execute(own).rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a cursor's result
        return
    try:
        with session.begin_nested():
            session.add(Onlooker(case_id=case_id, user_id=user_id, seen_at=at))
    except IntegrityError:
        return  # The same person opened it in another window at the same time.


def others(session: Session, case: Case, user_id: int, *, at: datetime) -> Sequence[User]:
    """The other agents who have the case open."""
    query = (
        select(Onlooker)
        .where(Onlooker.case_id == case.id, Onlooker.user_id != user_id, Onlooker.seen_at > at - LASTS)
        .options(joinedload(Onlooker.user).lazyload(User.staff_roles))
        .order_by(Onlooker.user_id)
    )
    return [onlooker.user for onlooker in session.scalars(query)]
