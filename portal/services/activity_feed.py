"""Reads the activity feed of an organization or of one of its projects, page by page and whole (atlas 12)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, RowMapping, Select, Subquery, and_, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from portal.domain.events import Event
from portal.models.history import Activity
from portal.models.invoices import Invoice
from portal.models.organizations import Membership, Project, User
from portal.models.payments import Payment

_MOST_PEOPLE = 20
_AT_ONCE = 1_000
_BY, _TARGET = aliased(User), aliased(User)


class Source(StrEnum):
    """Who did it: somebody who belongs to the organization, staff, or the portal by itself."""

    MEMBERS = "members"
    STAFF = "staff"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedQuery:
    """What narrows the feed; what is left out does not. `person` is a part of a name, or an e-mail address.

    Days are in UTC and both included. What is about other projects than `seen_projects` is left out.
    """

    events: frozenset[Event] | None = None
    person: str = ""
    source: Source | None = None
    from_on: date | None = None
    to_on: date | None = None
    text: str = ""
    project_id: int | None = None
    seen_projects: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event with whom and what it tells of. `invoice` is a number; `position` is the payment's place in it."""

    id: int
    event: Event
    happened_at: datetime
    text: str
    remote_address: str | None
    by_staff: bool
    by_name: str | None
    by_email: str | None
    target_name: str | None
    target_email: str | None
    project: str | None
    project_hex_id: str | None
    invoice: str | None
    position: int | None

    @property
    def happened_on(self) -> date:
        """The day in UTC."""
        return self.happened_at.date()


_COLUMNS = (
    Activity.id, Activity.type, Activity.happened_at, Activity.text, Activity.remote_address, Activity.by_staff,
    _BY.name.label("by_name"), _BY.email.label("by_email"),
    _TARGET.name.label("target_name"), _TARGET.email.label("target_email"),
    Project.name.label("project"), Project.hex_id.label("project_hex_id"),
    Invoice.number.label("invoice"), Payment.position,
)  # fmt: skip


def newest(
    session: Session, organization_id: int, query: FeedQuery, *, before: int | None, limit: int
) -> Sequence[Entry]:
    """At most `limit` events that fit, the newest first, from below the event `before` (an id of this organization)."""
    at = None
    if before is not None:
        own = Activity.id == before, Activity.organization_id == organization_id
        at = session.scalar(select(Activity.happened_at).where(*own))
    below = (at, before) if at and before else None
    return _page(session, organization_id, query, _people(session, organization_id, query), below, limit)


def everything(session: Session, organization_id: int, query: FeedQuery) -> Iterator[Sequence[Entry]]:
    """Every event that fits, the newest first, a thousand at a time."""
    people, below = _people(session, organization_id, query), None
    while page := _page(session, organization_id, query, people, below, _AT_ONCE):
        yield page
        below = page[-1].happened_at, page[-1].id


def is_empty(session: Session, organization_id: int, project_id: int | None) -> bool:
    """Whether nothing has happened yet."""
    of_project = [Activity.project_id == project_id] if project_id else []
    query = select(Activity.id).where(Activity.organization_id == organization_id, *of_project).limit(1)
    return session.scalar(query) is None


def _page(
    session: Session,
    organization_id: int,
    query: FeedQuery,
    people: Collection[int] | None,
    below: tuple[datetime, int] | None,
    limit: int,
) -> Sequence[Entry]:
    if query.events == frozenset() or (people is not None and not people):
        return ()
    fitting = _fitting(organization_id, query, people, below, limit)
    rows = session.execute(
        select(*_COLUMNS)
        .join(fitting, fitting.c.id == Activity.id)
        .outerjoin(_BY, _BY.id == Activity.user_id)
        .outerjoin(_TARGET, _TARGET.id == Activity.target_user_id)
        .outerjoin(Project, Project.id == Activity.project_id)
        .outerjoin(Payment, Payment.id == Activity.payment_id)
        .outerjoin(Invoice, Invoice.id == func.coalesce(Activity.invoice_id, Payment.invoice_id))
        .order_by(Activity.happened_at.desc(), Activity.id.desc())
        .limit(limit)
    )
    return [_entry(row) for row in rows.mappings()]


def _fitting(
    organization_id: int,
    query: FeedQuery,
    people: Collection[int] | None,
    below: tuple[datetime, int] | None,
    limit: int,
) -> Subquery:
    """The ids of the page: the newest by and for the people asked for, or of each type, each read along its index."""
    conditions = _conditions(organization_id, query, below)
    types = () if query.events is None else sorted(event.name for event in query.events)
    parts: list[ColumnElement[bool]] = [Activity.type == name for name in types]
    if people:
        conditions += [Activity.type.in_(types)] if types else []
        parts = [column.in_(people) for column in (Activity.user_id, Activity.target_user_id)]
    if not parts:
        return _newest_where(*conditions, limit=limit).subquery()
    pages = (_newest_where(*conditions, part, limit=limit).subquery() for part in parts)
    return union(*(select(page.c.id) for page in pages)).subquery()


def _newest_where(*conditions: ColumnElement[bool], limit: int) -> Select[int]:
    newest_first = Activity.happened_at.desc(), Activity.id.desc()
    return select(Activity.id).where(*conditions).order_by(*newest_first).limit(limit)


def _conditions(
    organization_id: int, query: FeedQuery, below: tuple[datetime, int] | None
) -> list[ColumnElement[bool]]:
    found = [Activity.organization_id == organization_id]
    if query.project_id is not None:
        found.append(Activity.project_id == query.project_id)
    if query.seen_projects is not None:
        found.append(or_(Activity.project_id.is_(None), Activity.project_id.in_(sorted(query.seen_projects))))
    if query.source:
        found.append(Activity.by_staff.is_(query.source is Source.STAFF))
    if query.source in {Source.MEMBERS, Source.PORTAL}:
        found.append(Activity.user_id.is_not(None) if query.source is Source.MEMBERS else Activity.user_id.is_(None))
    if query.from_on:
        found.append(Activity.happened_at >= _midnight(query.from_on))
    if query.to_on:
        found.append(Activity.happened_at < _midnight(query.to_on + timedelta(days=1)))
    if query.text:
        found.append(Activity.text.icontains(query.text, autoescape=True))
    if below:
        at, last = below
        earlier = or_(Activity.happened_at < at, and_(Activity.happened_at == at, Activity.id < last))
        found += [Activity.happened_at <= at, earlier]
    return found


def _people(session: Session, organization_id: int, query: FeedQuery) -> Collection[int] | None:
    """Members whose name or address has the words, and whoever has exactly that address; None where nobody is named."""
    if not query.person:
        return None
    words = (column.icontains(query.person, autoescape=True) for column in (User.name, User.email))
    members = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, or_(*words))
        .order_by(User.id)
        .limit(_MOST_PEOPLE)
    )
    exactly = select(User.id).where(func.lower(User.email) == query.person.lower())
    return set(session.scalars(members)) | set(session.scalars(exactly))


def _entry(row: RowMapping) -> Entry:
    values = dict(row)
    return Entry(event=Event[values.pop("type")], **values)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
