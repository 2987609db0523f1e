"""What time does to cases: warnings before a first response is due, escalation when it was missed, closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from portal.jobs.sessions import OpenSession
from portal.services import case_changes, case_clock

BATCH = 100


def watch(open_session: OpenSession, *, at: datetime, base_url: str) -> int:
    """Do what is due by `at`, and say how many cases it concerned.

    A batch is a transaction. Killed and run again it goes on: what was told is marked in the transaction that tells it.
    """
    return sum(
        _in_batches(open_session, step)
        for step in (
            partial(case_clock.warn, at=at, base_url=base_url),
            partial(case_clock.escalate, at=at, base_url=base_url, limit=BATCH),
            partial(case_changes.close_due, at=at, base_url=base_url, limit=BATCH),
        )
    )


def _in_batches(open_session: OpenSession, step: Callable[[Session], Sequence[int]]) -> int:
    done = 0
    while True:
        with open_session() as session:
            numbers = step(session)
            session.commit()
        done += len(numbers)
        if not numbers:
            return done
