"""Reading the feed: whatever narrows it, its pages together are the events that fit, each once, the newest first."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.domain.events import Category, Event, EventSeverity, events_of
from portal.models.history import Activity
from portal.services import activity_feed, history
from portal.services.activity_feed import FeedQuery, Source
from portal.services.history import Origin
from tests.builders import a_project, an_organization
from tests.members import a_member, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = (Event.INVOICE_CLOSED, Event.CHARGE_FAILED, Event.ORG_LOCKED, Event.MEMBER_INVITED, Event.PROJECT_CREATED)
FITS: dict[str, tuple[FeedQuery, Callable[[Activity], bool]]] = {
    "everything": (FeedQuery(), lambda _: True),
    "a category": (
        FeedQuery(events=frozenset(events_of(Category.BILLING))),
        lambda row: Event[row.type].category is Category.BILLING,
    ),
    "a severity": (
        FeedQuery(events=frozenset(events_of(None, EventSeverity.CRITICAL))),
        lambda row: Event[row.type] is Event.ORG_LOCKED,
    ),
    "no event": (FeedQuery(events=frozenset()), lambda _: False),
    "staff": (FeedQuery(source=Source.STAFF), lambda row: row.by_staff),
    "members": (FeedQuery(source=Source.MEMBERS), lambda row: row.user_id is not None and not row.by_staff),
    "the portal": (FeedQuery(source=Source.PORTAL), lambda row: row.user_id is None and not row.by_staff),
    "days": (
        FeedQuery(from_on=date(2026, 1, 2), to_on=date(2026, 1, 2)),
        lambda row: row.happened_at.date() == date(2026, 1, 2),
    ),
    "text": (FeedQuery(text="NUMBER 1"), lambda row: "number 1" in row.text),
    "text with signs of patterns": (FeedQuery(text="100%_"), lambda row: "100%_" in row.text),
}


@pytest.fixture
def rows(session: Session) -> list[Activity]:
    """Ninety events of an organization, several at the same instant and not in their order, and as many of another."""
    organization, other = an_organization(session), an_organization(session, "other")
    shop = a_project(session, organization)
    ann, ben = (a_member(session, organization, name, "ORG_MEMBER").user for name in ("Ann", "Ben"))
    drawn = random.Random(7)
    for number in range(180):
        history.write_from(session, Origin("192.0.2.1", by_staff=number % 7 == 0))
        history.record(
            session,
            organization if number % 2 else other,
            drawn.choice(KINDS),
            at=START + timedelta(hours=drawn.randrange(72)),
            by=drawn.choice([ann, ben, None]),
            target=drawn.choice([ann, None, None]),
            project=drawn.choice([shop, None]) if number % 2 else None,
            detail=f"number {number}{' of 100%_' if number % 11 == 0 else ''}",
        )
    session.flush()
    return list(session.scalars(select(Activity).where(Activity.organization_id == organization.id)))


@pytest.mark.parametrize("case", FITS)
def test_pages_together_are_what_fits(session: Session, rows: list[Activity], case: str) -> None:
    query, fits = FITS[case]
    assert paged(session, rows, query) == newest_first(row for row in rows if fits(row))


@pytest.mark.parametrize("person", ["ann", "ann@acme.example", "ANN@ACME.EXAMPLE", "nn"])
@pytest.mark.parametrize("category", [None, Category.BILLING])
def test_a_persons_events_are_those_by_and_for_them(session, rows, person, category) -> None:
    (ann,) = {row.target_user_id for row in rows} - {None}
    of_ann = [row for row in rows if ann in (row.user_id, row.target_user_id)]
    fitting = [row for row in of_ann if category in (None, Event[row.type].category)]
    assert 0 < len(fitting) <= len(of_ann)
    events = frozenset(events_of(category)) if category else None
    assert paged(session, rows, FeedQuery(person=person, events=events)) == newest_first(fitting)


def test_a_stranger_did_nothing_here_and_is_found_by_the_whole_address_alone(session, rows) -> None:
    guest = a_user(session, "Annegret", domain="elsewhere.example")
    acme = rows[0].organization_id
    assert paged(session, rows, FeedQuery(person="annegret")) == []
    assert paged(session, rows, FeedQuery(person=guest.email)) == []
    history.record(session, acme, Event.MEMBER_LEFT, at=START, by=guest)
    session.flush()
    assert len(paged(session, rows, FeedQuery(person=guest.email))) == 1


def test_a_project_has_its_own(session, rows) -> None:
    project = next(row.project_id for row in rows if row.project_id)
    fitting = [row for row in rows if row.project_id == project]
    assert paged(session, rows, FeedQuery(project_id=project)) == newest_first(fitting)


def test_what_happens_meanwhile_moves_nothing(session, rows) -> None:
    acme, query = rows[0].organization_id, FeedQuery()
    first = activity_feed.newest(session, acme, query, before=None, limit=20)
    history.record(session, acme, Event.ORG_LOCKED, at=START + timedelta(days=9))
    session.flush()
    second = activity_feed.newest(session, acme, query, before=first[-1].id, limit=20)
    assert [entry.id for entry in (*first, *second)] == newest_first(rows)[:40]


def test_the_whole_feed_comes_in_parts_and_says_the_same(session, rows, monkeypatch) -> None:
    monkeypatch.setattr(activity_feed, "_AT_ONCE", 17)
    parts = list(activity_feed.everything(session, rows[0].organization_id, FeedQuery()))
    assert [len(part) for part in parts] == [17] * 5 + [5]
    assert [entry.id for part in parts for entry in part] == newest_first(rows)


def paged(session: Session, rows: list[Activity], query: FeedQuery) -> list[int]:
    """The ids of all pages of thirteen."""
    found: list[int] = []
    while page := activity_feed.newest(
        session, rows[0].organization_id, query, before=found[-1] if found else None, limit=13
    ):
        found += [entry.id for entry in page]
    return found


def newest_first(rows) -> list[int]:
    return [row.id for row in sorted(rows, key=lambda row: (row.happened_at, row.id), reverse=True)]
