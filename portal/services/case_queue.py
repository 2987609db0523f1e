"""The queue of staff: cases by plan, severity and age (NE-6), by what is due, and the newest of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from portal.domain.cases import CaseState
from portal.domain.response_targets import TargetKind
from portal.models.cases import Case
from portal.models.organizations import Organization, User
from portal.services.searching import is_searched, number_in

MOST_COUNTED = 100
"""Up to how many cases of a view are counted."""


class View(StrEnum):
    """What one looks at: everything but `ALL` is under way."""

    UNDER_WAY = "under_way"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    OVERDUE = "overdue"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueQuery:
    """Which cases an agent asks for, and from behind which one (`after`, its number).

    `severity` is a key of any catalogue, `organization` a part of its name or its short name, `search` a number, or a
    part of the subject or of the requester's name or address. Empty ones do not narrow.
    """

    view: View
    agent_id: int
    at: datetime
    state: CaseState | None = None
    severity: str = ""
    catalogue: str = ""
    organization: str = ""
    search: str = ""
    after: int | None = None


def queue(session: Session, query: QueueQuery, *, limit: int) -> Sequence[Case]:
    """The first `limit` cases, with customer, requester and agent.

    In `ALL` filters and words look at the newest 10,000 cases, a number at all of them; what is under way is as much as
    agents can bear.
    """
    order = _ORDERS.get(query.view, _QUEUE)
    found = (
        _cases()
        .where(*_conditions(query))
        .order_by(*(column.desc() if is_down else column for column, is_down in order))
    )
    if query.after is not None:
        found = found.where(_is_behind(order, query.after))
    return session.scalars(found.limit(limit)).all()


def counts(session: Session, *, agent_id: int, at: datetime) -> Mapping[View, int]:
    """How many cases each view of what is under way has, `MOST_COUNTED` at most, in one query."""
    views = [view for view in View if view is not View.ALL]
    counted = [
        select(func.count())
        .select_from(
            select(Case.id)
            .where(*_view(QueueQuery(view=view, agent_id=agent_id, at=at)))
            .limit(MOST_COUNTED)
            .subquery()
        )
        .scalar_subquery()
        for view in views
    ]
    return dict(zip(views, session.execute(select(*counted)).one(), strict=True))


def is_late(at: datetime) -> ColumnElement[bool]:
    """Of a case: whether a promised first response is overdue; what is only expected never is (NE-5)."""
    return and_(
        Case.first_responded_at.is_(None),
        Case.due_at.is_not(None),
        Case.due_at <= at,
        Case.target_kind == TargetKind.TARGET,
    )


def _is_under_way() -> ColumnElement[bool]:
    # Written out, because only so a database sees that the index of what is under way has all of it.
    states = [state.value for state in (CaseState.NEW, CaseState.OPEN, CaseState.PENDING, CaseState.ON_HOLD)]
    listed = bindparam("under_way", states, expanding=True, literal_execute=True, type_=String)
    return Case.state.op("IN", is_comparison=True)(listed)


_QUEUE: tuple[tuple[InstrumentedAttribute[Any], bool], ...] = (
    (Case.plan_rank, False),
    (Case.severity_rank, False),
    (Case.created_at, False),
    (Case.id, False),
)
_ORDERS: Mapping[View, tuple[tuple[InstrumentedAttribute[Any], bool], ...]] = {
    View.OVERDUE: ((Case.due_at, False), (Case.id, False)),
    View.ALL: ((Case.id, True),),
}
"""The columns of an order, and whether they go down; an order goes one way."""


def _is_behind(order: Sequence[tuple[InstrumentedAttribute[Any], bool]], number: int) -> ColumnElement[bool]:
    columns, is_down = [column for column, _ in order], order[0][1]
    place = [select(column).where(Case.id == number).correlate(None).scalar_subquery() for column in columns]
    return tuple_(*columns) < tuple_(*place) if is_down else tuple_(*columns) > tuple_(*place)


def _cases() -> Select[Case]:
    return select(Case).options(
        joinedload(Case.organization, innerjoin=True),
        # What staff roles they have is shown nowhere.
        joinedload(Case.requester, innerjoin=True).lazyload(User.staff_roles),
        joinedload(Case.assignee).lazyload(User.staff_roles),
    )


def _conditions(query: QueueQuery) -> Sequence[ColumnElement[bool]]:
    narrowed = [*_filters(query)]
    if query.view is View.ALL and narrowed and number_in(query.search) is None:
        narrowed.append(is_searched(Case.id))
    return [*_view(query), *narrowed]


def _view(query: QueueQuery) -> Sequence[ColumnElement[bool]]:
    match query.view:
        case View.ALL:
            return []
        case View.MINE:
            return [_is_under_way(), Case.assignee_id == query.agent_id]
        case View.UNASSIGNED:
            return [_is_under_way(), Case.assignee_id.is_(None)]
        case View.OVERDUE:
            return [_is_under_way(), is_late(query.at)]
        case View.UNDER_WAY:
            return [_is_under_way()]


def _filters(query: QueueQuery) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.state:
        found.append(Case.state == query.state)
    if query.severity:
        found.append(func.coalesce(Case.assessed_severity, Case.requested_severity) == query.severity)
    if query.catalogue:
        found.append(Case.organization.has(Organization.catalogue == query.catalogue))
    if query.organization:
        name = query.organization
        named = Organization.name.icontains(name, autoescape=True) | (Organization.slug == name.casefold())
        found.append(Case.organization.has(named))
    if query.search:
        found.append(_has(query.search))
    return found


def _has(search: str) -> ColumnElement[bool]:
    number = number_in(search)
    if number is not None:
        return Case.id == number
    asked_by = or_(User.name.icontains(search, autoescape=True), User.email.icontains(search, autoescape=True))
    return Case.subject.icontains(search, autoescape=True) | Case.requester.has(asked_by)
