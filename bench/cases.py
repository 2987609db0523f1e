"""Measures the queue of agents: how long each view takes with very many cases under way."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bench import databases
from portal.database import reading, writing
from portal.domain.cases import CaseState
from portal.domain.response_targets import TargetKind, Via
from portal.models.cases import Case
from portal.services import case_queue, organizations, people
from portal.services.case_queue import QueueQuery, View

AT = datetime(2024, 9, 10, 9, tzinfo=UTC)
PAGE, TIMES, AT_ONCE = 51, 7, 10_000
_STATES = (CaseState.NEW, CaseState.OPEN, CaseState.PENDING, CaseState.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Queued:
    """How long one view takes with so many cases, in milliseconds."""

    kind: str
    view: str
    milliseconds: float


def measure(cases: int) -> Iterator[Queued]:
    """Each view's first page, a page from the middle, and the counts of all views, on each kind of database."""
    for kind in databases.KINDS:
        with databases.fresh(kind) as engine:
            with writing(engine).begin() as session:
                agent_id = _keep(session, cases)
                session.execute(text("ANALYZE"))
            with reading(engine)() as session:
                for what, milliseconds in _measured(session, agent_id, cases // 2):
                    yield Queued(kind, what, milliseconds)


def _measured(session: Session, agent_id: int, middle: int) -> Iterator[tuple[str, float]]:
    for view in View:
        yield view.value, _milliseconds(session, partial(_page, QueueQuery(view=view, agent_id=agent_id, at=AT)))
    later = QueueQuery(view=View.UNDER_WAY, agent_id=agent_id, at=AT, after=middle)
    yield "the middle of it", _milliseconds(session, partial(_page, later))
    yield "counts of all views", _milliseconds(session, partial(case_queue.counts, agent_id=agent_id, at=AT))


def _page(query: QueueQuery, session: Session) -> int:
    return len(case_queue.queue(session, query, limit=PAGE))


def _milliseconds(session: Session, ask: Callable[[Session], Any]) -> float:
    taken = []
    for _ in range(TIMES):
        session.expunge_all()
        begun = time.perf_counter()
        ask(session)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def _keep(session: Session, cases: int) -> int:
    """Cases of one customer, all under way: every thousandth is the agent's, every hundredth overdue."""
    organization = organizations.create_organization(session, "acme", name="Acme", catalogue="atlas", at=AT)
    owner, agent = (
        people.create_user(session, f"{name}@acme.example", name=name, password_hash="", at=AT)
        for name in ("owner", "agent")
    )
    for first in range(0, cases, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, cases))
        session.execute(insert(Case), [_row(number, organization.id, owner.id, agent.id) for number in numbers])
    return agent.id


def _row(number: int, organization_id: int, owner_id: int, agent_id: int) -> dict[str, Any]:
    created_at = AT - timedelta(seconds=number)
    late_by = timedelta(hours=1) if number % 100 == 0 else -timedelta(hours=4)
    return {
        "organization_id": organization_id,
        "requester_id": owner_id,
        "via": Via.PORTAL,
        "subject": f"Question {number}",
        "state": _STATES[number % len(_STATES)],
        "state_since": created_at,
        "terms": {},
        "plan_rank": -(number % 5),
        "severity_rank": 1 + number % 4,
        "due_at": AT - late_by,
        "due_since": created_at,
        "target_kind": TargetKind.TARGET,
        "reply_token": f"{number:040}",
        "assignee_id": agent_id if number % 1_000 == 0 else None,
        "created_at": created_at,
        "updated_at": created_at,
    }
