"""The same change of several cases at once: each by itself, and a refusal of one stops no other (DESK-6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.cases import CaseState
from portal.domain.errors import Refusal
from portal.models.cases import Case
from portal.models.macros import Macro
from portal.services import case_changes, conversations, macros
from portal.services.case_doing import Doing

MOST = 50
Change = Callable[[Case], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: changed, or refused in words."""

    case: Case
    refusal: str | None = None


def chosen(session: Session, numbers: Collection[int]) -> Sequence[Case]:
    """The cases with these numbers, in the order of the numbers; `MOST` at most."""
    query = select(Case).where(Case.id.in_(set(numbers))).order_by(Case.id).limit(MOST)
    people = (joinedload(Case.organization), joinedload(Case.requester), joinedload(Case.assignee))
    return session.scalars(query.options(*people)).all()


def each(session: Session, cases: Sequence[Case], change: Change) -> Sequence[Outcome]:
    """Make the change of each case, in the order of their numbers, so that two who do it wait for each other."""
    return [_one(session, case, change) for case in sorted(cases, key=lambda case: case.id)]


def take(session: Session, doing: Doing) -> Change:
    """Give a case to who does it; what another agent has stays theirs."""

    def change(case: Case) -> None:
        case_changes.assign(session, case, doing.who, doing)

    return change


def set_state(session: Session, state: CaseState, reason: str | None, doing: Doing) -> Change:
    """Set the state; `reason` says how it was solved."""
    return lambda case: case_changes.set_state(session, case, state, doing, reason=reason)


def reply(session: Session, macro: Macro, doing: Doing) -> Change:
    """Answer with the macro, filled in for each."""

    def change(case: Case) -> None:
        conversations.comment(session, case, macros.filled_in(macro, case, doing.who), doing)

    return change


def merge(session: Session, target: Case, doing: Doing) -> Change:
    """Close as a duplicate of `target`."""
    return lambda case: case_changes.merge(session, case, target, doing)


def _one(session: Session, case: Case, change: Change) -> Outcome:
    try:
        with session.begin_nested():
            change(case)
    except Refusal as refusal:
        return Outcome(case, str(refusal))
    return Outcome(case)
