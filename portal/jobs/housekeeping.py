"""Deletes what nobody needs any more, in small transactions."""

from __future__ import annotations

from datetime import datetime

from portal.jobs.sessions import OpenSession
from portal.services import idempotency

BATCH = 1_000


def clean(open_session: OpenSession, *, at: datetime) -> int:
    """Delete answers that are kept no longer (KEY-5), and say how many they were.

    A batch is a transaction, so that nobody waits long for the database; killed and run again, it goes on.
    """
    deleted = 0
    while True:
        with open_session() as session:
            gone = idempotency.forget(session, made_before=at - idempotency.KEPT_FOR, at_most=BATCH)
            session.commit()
        deleted += gone
        if gone < BATCH:
            return deleted
