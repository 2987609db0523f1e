"""What accounts need in the background: mails for forgotten passwords, and the end of what nobody needs any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.jobs.sessions import OpenSession
from portal.services import password_resets, sessions, throttles

BATCH = 1_000


def send_resets(open_session: OpenSession, *, base_url: str, at: datetime) -> int:
    """Answer everybody who asked for a new password, each in a transaction of its own; returns how many asked."""
    answered = 0
    while True:
        with open_session() as session:
            if not password_resets.send_next(session, base_url=base_url, at=at):
                return answered
            session.commit()
        answered += 1


def forget_old(open_session: OpenSession, *, at: datetime) -> int:
    """Delete old sessions, resets and counts; returns how many rows."""
    return sum(
        _forget(open_session, forget, at=at)
        for forget in (sessions.forget_old, password_resets.forget_old, throttles.forget_old)
    )


def _forget(open_session: OpenSession, forget: Callable[..., int], *, at: datetime) -> int:
    """A batch is a transaction, so that nobody waits long for the database; killed and run again, it goes on."""
    forgotten = 0
    while True:
        with open_session() as session:
            gone = forget(session, at=at, at_most=BATCH)
            session.commit()
        forgotten += gone
        if gone < BATCH:
            return forgotten
