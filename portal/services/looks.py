"""Notes in a session what it makes work for, so that whoever commits it can ask a worker to look."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.domain.looks import Look

_KEY = "looks"


def ask(session: Session, look: Look) -> None:
    """Say that this transaction leaves work for `look`; without it, a worker finds the work a minute later."""
    session.info.setdefault(_KEY, set()).add(look)


def asked(session: Session) -> frozenset[Look]:
    """What has been asked for in `session` so far, once: it is forgotten by this."""
    return frozenset(session.info.pop(_KEY, ()))
