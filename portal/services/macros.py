"""Replies that agents keep for later: written, found, filled in for one case, and removed (MACRO-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from portal.domain import macros as rules
from portal.domain.errors import Refusal
from portal.models.cases import Case
from portal.models.macros import Macro
from portal.models.organizations import User


def kept(session: Session) -> Sequence[Macro]:
    """All that are kept, by name."""
    query = select(Macro).where(Macro.removed_at.is_(None)).order_by(Macro.name)
    return session.scalars(query.options(joinedload(Macro.written_by).lazyload(User.staff_roles))).all()


def names(session: Session) -> Sequence[tuple[str, str]]:
    """The id and name of each that is kept, by name."""
    rows = session.execute(select(Macro.hex_id, Macro.name).where(Macro.removed_at.is_(None)).order_by(Macro.name))
    return [(hex_id, name) for hex_id, name in rows]


def find(session: Session, hex_id: str) -> Macro | None:
    """One that is kept."""
    return session.scalars(select(Macro).where(Macro.hex_id == hex_id, Macro.removed_at.is_(None))).one_or_none()


def write(session: Session, name: str, body: str, *, by: User, at: datetime) -> Macro:
    """Keep a new one; refused without name or text, with an unknown placeholder, and under a name that is taken."""
    macro = Macro(written_by_id=by.id, written_at=at)
    session.add(_say(session, macro, name, body))
    _flush(session, name)
    return macro


def rewrite(session: Session, macro: Macro, name: str, body: str, *, by: User, at: datetime) -> None:
    """Change one; refused as a new one is."""
    _say(session, macro, name, body)
    macro.written_by_id, macro.written_at = by.id, at
    _flush(session, name)


def remove(session: Session, macro: Macro, *, by: User, at: datetime) -> None:
    """Keep it no more; what was sent with it stays, and its name is free."""
    macro.removed_at, macro.removed_by_id = at, by.id
    session.flush()


def filled_in(macro: Macro, case: Case, agent: User) -> str:
    """The reply for this case, from this agent."""
    values = {
        "requester": case.requester.name,
        "number": str(case.id),
        "subject": case.subject,
        "organization": case.organization.name,
        "agent": agent.name,
    }
    return rules.filled_in(macro.body, values)


def _say(session: Session, macro: Macro, name: str, body: str) -> Macro:
    name, body = " ".join(name.split()), body.strip()
    rules.check(name, body)
    with session.no_autoflush:
        taken = session.scalar(select(Macro.id).where(Macro.name == name, Macro.removed_at.is_(None)))
    if taken not in (None, macro.id):
        raise Refusal(_taken(name))
    macro.name, macro.body = name, body
    return macro


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:  # Somebody else took the name since it was asked for.
        raise Refusal(_taken(name)) from error


def _taken(name: str) -> str:
    return f"There is a macro “{name}” already."
