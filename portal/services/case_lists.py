"""Lists of cases as customers see them: their own, their organization's, and those on which they are on CC (AV-50)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from portal.domain.cases import CUSTOMER_WORDS, CaseState, Visibility
from portal.models.case_entries import CaseEntry, CaseParticipant
from portal.models.cases import Case
from portal.models.organizations import User
from portal.services.searching import is_searched, number_in


class Tab(StrEnum):
    """Whose cases are listed."""

    MINE = "mine"
    ORGANIZATION = "organization"
    CC = "cc"


class Sort(StrEnum):
    """By what they are ordered: times from the newest on, what is due from the soonest, severities from the worst."""

    UPDATED = "updated"
    CREATED = "created"
    DUE = "due"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Which of an organization's cases a person may see beside their own (P13, P15): those of the whole organization,
    those of these projects, or all of them.
    """

    of_organization: bool = False
    of_projects: Collection[int] = ()
    all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuery:
    """Which cases somebody asks for. `organization_id` None is every organization; empty values do not narrow.

    `word` is a state in the customer's words; `search` a number, or a part of the subject or of what everybody on the
    case may read. Days are of UTC, and both count.
    """

    tab: Tab
    user_id: int
    organization_id: int | None
    seen: Seen = Seen()
    word: str = ""
    severity: str = ""
    project_id: int | None = None
    product: str = ""
    requester_id: int | None = None
    created_from: date | None = None
    created_to: date | None = None
    search: str = ""
    sort: Sort = Sort.UPDATED


_NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_STILL_DUE = case((Case.first_responded_at.is_(None), func.coalesce(Case.due_at, _NEVER)), else_=_NEVER)
# The columns of each order, and whether they go down; an order goes one way.
_ORDERS: Mapping[Sort, tuple[tuple[ColumnElement[Any], ...], bool]] = {
    Sort.UPDATED: ((Case.updated_at.expression, Case.id.expression), True),
    Sort.CREATED: ((Case.created_at.expression, Case.id.expression), True),
    Sort.DUE: ((_STILL_DUE, Case.id.expression), False),
    Sort.SEVERITY: ((Case.severity_rank.expression, Case.id.expression), False),
}


def listed(session: Session, query: CaseQuery, *, limit: int, after: int | None = None) -> Sequence[Case]:
    """The first `limit` cases in their order, from behind the case `after` on, with what a row shows of others.

    A search for words looks at the newest 10,000 of what the person may see, and no further.
    """
    columns, goes_down = _ORDERS[query.sort]
    found = _cases().where(*_conditions(query)).limit(limit)
    found = found.order_by(*(column.desc() if goes_down else column for column in columns))
    if after is not None:
        last = tuple_(*(select(one).where(Case.id == after, *_scope(query)).scalar_subquery() for one in columns))
        found = found.where(tuple_(*columns) < last if goes_down else tuple_(*columns) > last)
    return session.scalars(found).all()


def counted(session: Session, query: CaseQuery, *, most: int = 1_000) -> int:
    """How many there are, `most` at most."""
    some = select(Case.id).where(*_conditions(query)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _cases() -> Select[Case]:
    return select(Case).options(
        joinedload(Case.organization, innerjoin=True),
        joinedload(Case.project),
        joinedload(Case.requester, innerjoin=True).lazyload(User.staff_roles),
    )


def _conditions(query: CaseQuery) -> list[ColumnElement[bool]]:
    scope = _scope(query)
    conditions = [*scope, *_filters(query)]
    if query.search:
        # A number is one row, and found however old it is (LIST-1).
        conditions += [_has(query.search), *([is_searched(Case.id, *scope)] if number_in(query.search) is None else [])]
    return conditions


def _scope(query: CaseQuery) -> list[ColumnElement[bool]]:
    """What the tab has, which is never more than the person may see."""
    own = [Case.organization_id == query.organization_id] if query.organization_id is not None else []
    match query.tab:
        case Tab.MINE:
            return [*own, Case.requester_id == query.user_id]
        case Tab.CC:
            takes_part = select(CaseParticipant.case_id).where(
                CaseParticipant.user_id == query.user_id, CaseParticipant.removed_at.is_(None)
            )
            return [*own, Case.id.in_(takes_part)]
        case Tab.ORGANIZATION:
            return [*own, _may_see(query.seen)]


def _may_see(seen: Seen) -> ColumnElement[bool]:
    if seen.all:
        return Case.organization_id.is_not(None)
    parts: list[ColumnElement[bool]] = [Case.project_id.in_(seen.of_projects)] if seen.of_projects else []
    if seen.of_organization:
        parts.append(Case.project_id.is_(None))
    return or_(false(), *parts)


def _filters(query: CaseQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.word:
        found.append(Case.state.in_([state for state in CaseState if CUSTOMER_WORDS[state] == query.word]))
    if query.severity:
        found.append(func.coalesce(Case.assessed_severity, Case.requested_severity) == query.severity)
    for column, value in (
        (Case.project_id, query.project_id),
        (Case.product, query.product),
        (Case.requester_id, query.requester_id),
    ):
        if value:
            found.append(_is(column, value))
    if query.created_from:
        found.append(Case.created_at >= _midnight(query.created_from))
    if query.created_to:
        found.append(Case.created_at < _midnight(query.created_to + timedelta(days=1)))
    return found


def _is(column: InstrumentedAttribute[Any], value: object) -> ColumnElement[bool]:
    return column == value


def _has(search: str) -> ColumnElement[bool]:
    number = number_in(search)
    if number is not None:
        return Case.id == number
    readable = exists().where(
        and_(
            CaseEntry.case_id == Case.id,
            CaseEntry.visibility == Visibility.PUBLIC,
            CaseEntry.body.icontains(search, autoescape=True),
        )
    )
    return Case.subject.icontains(search, autoescape=True) | readable


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
