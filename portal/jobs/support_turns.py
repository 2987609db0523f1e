"""Tells the feeds of support plans that begin or end by themselves, each in a transaction of its own."""

from __future__ import annotations

from datetime import datetime

import structlog

from portal.jobs.sessions import OpenSession
from portal.services import support_turns

log = structlog.get_logger()


def note(open_session: OpenSession, *, at: datetime) -> int:
    """Tell of everything that took effect by the day of `at`; returns how much that was. It may be killed anywhere."""
    with open_session() as session:
        waiting = support_turns.due(session, on=at.date())
    return sum(_note(open_session, choice_id, at) for choice_id in waiting)


def _note(open_session: OpenSession, choice_id: int, at: datetime) -> bool:
    with open_session() as session:
        try:
            noted = support_turns.note(session, choice_id, at=at)
        except Exception:  # One organization's fault, whatever it is, must not keep the others from their news.
            log.exception("support plan was not told of", choice_id=choice_id)
            return False
        session.commit()
        return noted
