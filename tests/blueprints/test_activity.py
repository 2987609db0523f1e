"""The activity feed as people see it: what happened, filtered by what stands in the address, page by page."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import catalogues, database
from portal.domain.events import Event
from portal.models.history import Activity
from portal.models.organizations import User
from portal.services import history, organizations
from portal.services.history import Origin
from tests.pages import Visitor

if TYPE_CHECKING:
    from flask import Flask

    from portal.models.organizations import Organization, Project
    from tests.pages import Page
    from tests.world import World

DATABASES = ("sqlite",)
FEED = "/orgs/delta/activity"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Delta:
    """An organization in which nothing has happened yet, with people who are at home in Acme too."""

    organization: Organization
    shop: Project
    lab: Project


@pytest.fixture
def delta(app: Flask, world: World) -> Delta:
    with database.writing(app.extensions["database"]).begin() as session:
        organization = organizations.create_organization(session, "delta", name="Delta", catalogue="atlas", at=NOON)
        shop, lab = (organizations.create_project(session, organization, name, at=NOON) for name in ("shop", "lab"))
        for person, role, project_roles in (
            ("org_owner", "ORG_OWNER", {}),
            ("org_member", "ORG_MEMBER", {}),
            ("group_read_only", "ORG_MEMBER", {shop.id: ["GROUP_READ_ONLY"]}),
        ):
            organizations.add_member(
                session,
                organization,
                session.get_one(User, world.person(f"{person}@acme.example").user_id),
                roles=catalogues.load("atlas").roles,
                at=NOON,
                organization_roles=[role],
                project_roles=project_roles,
            )
        return Delta(organization, shop, lab)


@pytest.fixture
def happened(app: Flask, world: World, delta: Delta) -> Delta:
    """Five events on two days: of every source, about people, money and a project; and one elsewhere."""
    with database.writing(app.extensions["database"]).begin() as session:
        owner, member, agent = (
            session.get_one(User, world.person(email).user_id)
            for email in ("org_owner@acme.example", "org_member@acme.example", "support@portal.example")
        )
        record = partial(history.record, session, delta.organization)
        record(Event.INVOICE_CLOSED, at=NOON, detail="CI-1 for 2026-10")
        record(Event.CHARGE_FAILED, at=NOON + HOUR, detail="Card was declined")
        history.write_from(session, Origin("203.0.113.9"))
        record(Event.TAX_ID_CHANGED, at=NOON + 2 * HOUR, by=owner)
        record(Event.ORG_SUSPENDED, at=NOON + 24 * HOUR, target=member, project=delta.shop, by=owner)
        history.write_from(session, Origin("198.51.100.7", by_staff=True))
        record(Event.STAFF_ENTERED, at=NOON + 25 * HOUR, by=agent, detail="=1+1 asked about an invoice")
        history.record(session, world.organizations["borealis"], Event.TAX_ID_CHANGED, at=NOON, detail="of Borealis")
    return delta


def shown(page: Page) -> list[str]:
    return [line.get_text(" ", strip=True) for line in page.soup.select(".timeline > li p:first-child")]


def test_everybody_in_the_organization_sees_it_newest_first_under_its_day(visitor, happened):
    visitor.sign_in("group_read_only@acme.example")
    page = visitor.get(FEED)
    assert [words.split(".")[0] for words in shown(page)] == [
        "Staff entered the organization",
        "Organization suspended due to unpaid charges over 30 days Critical",
        "Tax id changed",
        "Credit card charge has failed",
        "Invoice closed",
    ]
    days = [head.get_text() for head in page.soup.select(".feed h2")]
    assert [" ".join(day.split()) for day in days] == ["19 November 2026", "18 November 2026"]
    assert "Borealis" not in page.text
    assert "18 Nov 2026, 14:00 UTC by Org Owner from 203.0.113.9" in page.text
    assert "for Org Member" in page.text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 5),
        ("category=Access", 1),
        ("category=Billing&severity=Warning", 1),
        ("category=Access&event=TAX_ID_CHANGED", 0),
        ("event=INVOICE_CLOSED", 1),
        ("severity=Critical", 1),
        ("source=staff", 1),
        ("source=members", 2),
        ("source=portal", 2),
        ("person=owner", 2),
        ("person=org_member@acme.example", 1),
        ("person=support@portal.example", 1),
        ("person=support", 0),
        ("person=nobody@nowhere.example", 0),
        ("person=owner&category=Billing", 2),
        ("q=DECLINED", 1),
        ("q=%25", 0),
        ("from=2026-11-19", 2),
        ("to=2026-11-18", 3),
        ("from=2026-11-18&to=2026-11-18&source=members", 1),
    ],
)
def test_what_stands_in_the_address_narrows_page_and_file_alike(visitor, happened, query, count):
    visitor.sign_in("org_owner@acme.example")
    page = visitor.get(f"{FEED}?{query}")
    assert len(shown(page)) == count
    assert len(rows(visitor, f"{FEED}.csv?{query}")) == count
    assert ("No event fits" in page.text) == (count == 0)
    assert str(page.soup.find(id="shared-link")["value"]).startswith(f"http://localhost{FEED}")


def rows(visitor: Visitor, path: str) -> list[dict[str, str]]:
    answer = visitor.client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


@pytest.mark.parametrize("query", ["category=Weather", "from=2026-13-01", "from=2026-02-02&to=2026-01-01", "items=7"])
def test_a_filter_that_is_none_is_said_beside_its_field(visitor, happened, query):
    visitor.sign_in("org_owner@acme.example")
    page = visitor.get(f"{FEED}?{query}")
    assert page.status == 422
    assert page.soup.select_one(".error-summary a")
    assert visitor.client.get(f"{FEED}.csv?{query}").status_code == 400


def test_the_file_says_who_and_from_where_and_runs_no_formula(visitor, happened):
    visitor.sign_in("org_owner@acme.example")
    staff, suspended, *_ = rows(visitor, f"{FEED}.csv")
    assert staff["Text"] == "Staff entered the organization. =1+1 asked about an invoice"
    assert (staff["Staff"], staff["Remote Address"], staff["Type"]) == ("yes", "198.51.100.7", "STAFF_ENTERED")
    assert suspended["Done To Address"] == "org_member@acme.example"
    assert (suspended["Project"], suspended["Severity"], suspended["Time"]) == (
        "shop",
        "Critical",
        "2026-11-19T12:00:00Z",
    )


def test_pages_go_on_where_the_one_before_ended_and_lose_nothing(app, visitor, happened):
    with database.writing(app.extensions["database"]).begin() as session:
        for number in range(45):
            history.record(session, happened.organization, Event.TAX_ID_CHANGED, at=NOON, detail=f"number {number}.")
    visitor.sign_in("org_owner@acme.example")
    page, seen = visitor.get(f"{FEED}?q=number&items=20"), []
    seen += shown(page)
    while page.soup.find(id="activity-feed-older"):
        page = page.click("Older")
        seen += shown(page)
    assert seen == [f"Tax id changed. number {number}." for number in reversed(range(45))]
    assert page.click("Newest").soup.find(id="activity-feed-newest") is None


def test_a_place_of_another_organization_is_no_place(app, visitor, world, happened):
    of_borealis = Activity.organization_id == world.organizations["borealis"].id
    with database.reading(app.extensions["database"])() as session:
        elsewhere = session.scalar(select(Activity.id).where(of_borealis))
    visitor.sign_in("org_owner@acme.example")
    assert len(shown(visitor.get(f"{FEED}?before={elsewhere}"))) == 5


def test_a_project_shows_its_own_and_who_is_not_in_it_does_not_see_it(visitor, happened):
    visitor.sign_in("group_read_only@acme.example")
    page = visitor.get(f"/orgs/delta/projects/{happened.shop.hex_id}/activity")
    assert page.h1 == "Activity of shop"
    assert len(shown(page)) == 1
    assert len(rows(visitor, f"/orgs/delta/projects/{happened.shop.hex_id}/activity.csv")) == 1
    assert visitor.get(f"/orgs/delta/projects/{happened.lab.hex_id}/activity").status == 403


def test_links_lead_only_where_one_may_go(app, visitor, happened):
    visitor.sign_in("org_member@acme.example")
    page = visitor.get(FEED)
    assert not page.soup.select('main a[href*="/projects/"]')
    owner = Visitor(app)
    owner.sign_in("org_owner@acme.example")
    page = owner.get(FEED)
    assert page.soup.select('main a[href*="/projects/"]')
    assert len(shown(page.click("Org Owner"))) == 2


def test_before_anything_happened_the_page_says_so(visitor, delta):
    visitor.sign_in("org_owner@acme.example")
    assert "Nothing has happened yet" in visitor.get(FEED).text


def test_who_is_not_in_a_project_reads_nothing_of_it_in_the_organization_either(app, visitor, happened):
    counts = {}
    for person in ("org_owner", "group_read_only", "org_member"):
        visitor = Visitor(app)
        visitor.sign_in(f"{person}@acme.example")
        counts[person] = len(shown(visitor.get(FEED))), len(rows(visitor, f"{FEED}.csv"))
        assert len(shown(visitor.get(f"{FEED}?event=ORG_SUSPENDED"))) == counts[person][0] - 4
    assert counts == {"org_owner": (5, 5), "group_read_only": (5, 5), "org_member": (4, 4)}
