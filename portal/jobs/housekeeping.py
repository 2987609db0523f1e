"""Deletes what nobody needs any more, in small transactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.jobs.sessions import OpenSession
from portal.services import case_drafts, idempotency

BATCH = 1_000
DRAFTS_KEPT_FOR = timedelta(days=30)


def clean(open_session: OpenSession, *, at: datetime) -> int:
    """Delete answers that are kept no longer (KEY-5) and forgotten drafts (DRAFT-1), and say how many they were.

    A batch is a transaction, so that nobody waits long for the database; killed and run again, it goes on.
    """
    return _in_batches(
        open_session,
        lambda session: idempotency.forget(session, made_before=at - idempotency.KEPT_FOR, at_most=BATCH),
    ) + _in_batches(
        open_session,
        lambda session: case_drafts.forget(session, saved_before=at - DRAFTS_KEPT_FOR, at_most=BATCH),
    )


def _in_batches(open_session: OpenSession, forget: Callable[[Session], int]) -> int:
    deleted = 0
    while True:
        with open_session() as session:
            gone = forget(session)
            session.commit()
        deleted += gone
        if gone < BATCH:
            return deleted
