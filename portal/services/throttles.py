"""Counts what is tried, in the database, so that all processes on all machines count together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.throttles import Hit
from portal.models.sessions import ThrottleCount

_SECOND = timedelta(seconds=1)


def count(session: Session, hits: Sequence[Hit], *, at: datetime) -> int:
    """Count an attempt for each of `hits`; returns for how many seconds one has to wait, 0 for going on.

    Counted before it is known whether the attempt succeeds: many at once cannot all come first. The caller commits
    also when one has to wait.
    """
    # Always in the same order, so that two that count the same never wait for each other.
    return max(_count(session, hit, at=at) for hit in sorted(hits, key=_key))


def give_back(session: Session, hits: Sequence[Hit]) -> None:
    """Take back the attempts that `count` counted: they were right, and only what is wrong is limited."""
    for key in sorted(map(_key, hits)):
        lower = update(ThrottleCount).values(attempts=ThrottleCount.attempts - 1)
        session.execute(lower.where(ThrottleCount.key == key, ThrottleCount.attempts > 0))


def clear(session: Session, hit: Hit) -> None:
    """Forget all attempts of this kind on this account: its person is here."""
    session.execute(delete(ThrottleCount).where(ThrottleCount.key == _key(hit)))


def forget_old(session: Session, *, at: datetime, at_most: int) -> int:
    """Delete counts of windows that have ended; returns how many."""
    old = select(ThrottleCount.key).where(ThrottleCount.ends_at <= at).limit(at_most)
    return len(
        session.scalars(delete(ThrottleCount).where(ThrottleCount.key.in_(old)).returning(ThrottleCount.key)).all()
    )


def _count(session: Session, hit: Hit, *, at: datetime) -> int:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = insert(ThrottleCount).values(key=_key(hit), attempts=1, ends_at=at + hit.limit.window)
    has_ended = ThrottleCount.ends_at <= at
    counted = fresh.on_conflict_do_update(
        index_elements=[ThrottleCount.key],
        set_={
            "attempts": case((has_ended, 1), else_=ThrottleCount.attempts + 1),
            "ends_at": case((has_ended, fresh.excluded.ends_at), else_=ThrottleCount.ends_at),
        },
    ).returning(ThrottleCount.attempts, ThrottleCount.ends_at)
    attempts, ends_at = session.execute(counted).one()
    return -(-(ends_at - at) // _SECOND) if attempts > hit.limit.attempts else 0


def _key(hit: Hit) -> str:
    return hashlib.sha256(f"{hit.limit.name}\0{hit.subject}".encode()).hexdigest()
