"""Watches the first responses that are owed: warns agents before they are due, and escalates what was missed, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal import catalogues
from portal.domain.cases import UNDER_WAY, Happening, Visibility, warns_at
from portal.domain.permissions import StaffRole
from portal.domain.response_targets import TargetKind
from portal.models.cases import Case
from portal.models.organizations import User
from portal.services import case_entries, letters, outbox, people
from portal.services.case_doing import Doing

_LONGEST_WARNING = timedelta(hours=1)


def warn(session: Session, *, at: datetime, base_url: str) -> Sequence[int]:
    """Tell the agents of promises that are nearly due, each once (CLOCK-1); the numbers of their cases."""
    due = _owed().where(Case.warned_at.is_(None), Case.due_at > at, Case.due_at <= at + _LONGEST_WARNING)
    doing = Doing(by=None, at=at, base_url=base_url, as_staff=True)
    warned = []
    for case in session.scalars(due).all():
        if case.due_at and case.due_since and warns_at(case.due_since, case.due_at, most=_LONGEST_WARNING) <= at:
            case.warned_at = at
            _tell(session, case, Happening.DUE_SOON, "case_due_soon", doing, to=[case.assignee])
            warned.append(case.id)
    session.flush()
    return warned


def escalate(session: Session, *, at: datetime, base_url: str, limit: int = 100) -> Sequence[int]:
    """Tell all agents of promises that were missed, each once (CLOCK-2); the numbers of their cases."""
    missed = _owed().where(Case.escalated_at.is_(None), Case.due_at <= at)
    doing = Doing(by=None, at=at, base_url=base_url, as_staff=True)
    cases = session.scalars(missed.limit(limit)).all()
    for case in cases:
        case.escalated_at = at
        _tell(session, case, Happening.OVERDUE, "case_overdue", doing, to=[])
    session.flush()
    return [case.id for case in cases]


def _owed() -> Select[Case]:
    """Promises of cases under way that nobody has answered, the soonest due first; held, but for what others hold."""
    return (
        select(Case)
        .options(joinedload(Case.organization, innerjoin=True))
        .where(
            Case.first_responded_at.is_(None),
            Case.due_at.is_not(None),
            Case.target_kind == TargetKind.TARGET,
            Case.state.in_(UNDER_WAY),
        )
        .order_by(Case.due_at)
        .with_for_update(skip_locked=True, of=Case)
    )


def _tell(
    session: Session, case: Case, happening: Happening, letter: str, doing: Doing, *, to: Sequence[User | None]
) -> None:
    """Write it into the case for staff, and mail it to an agent, or to all where nobody is named who still answers."""
    facts = {"due_at": case.due_at.isoformat() if case.due_at else None}
    case_entries.write_event(session, case, happening, facts, doing, visibility=Visibility.INTERNAL)
    everybody = people.staff_with(session, StaffRole.SUPPORT)
    agents = [agent for agent in everybody if agent in to] or everybody
    written = letters.write(
        letter,
        number=case.id,
        subject=case.subject,
        organization=case.organization.name,
        word=catalogues.load(case.organization.catalogue).words.case,
        due=f"{case.due_at:%Y-%m-%d %H:%M} UTC",
        link=f"{doing.base_url}/staff/cases/{case.id}",
    )
    # A severity that changes what is owed makes another promise, which is told of again.
    key = f"case {case.id} {happening.value} {case.due_at:%Y-%m-%dT%H:%M:%S}"
    outbox.post(session, written, to=[agent.email for agent in agents], key=key, at=doing.at)
