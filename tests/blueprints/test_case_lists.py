"""Lists of cases: who sees which, what narrows them, views that are kept, and how it was."""

from __future__ import annotations

import csv
import io

import pytest

from portal import clock
from portal.models.cases import Case
from portal.models.organizations import Organization
from portal.services import case_changes, case_people, case_ratings, conversations
from tests.blueprints.casework import FIRST_PEOPLE, STAFF, a_case, does, lets_open_cases, reading, signed_in, writing

DATABASES = ("sqlite",)
LIST = "/orgs/{}/support/cases"
SAVE = "/orgs/acme/support/cases/views"


@pytest.fixture
def supported(app, world):
    lets_open_cases(app, world)


def subjects(page):
    return [link.text for link in page.soup.select("#cases tbody th a")]


def tabs(page):
    return [link.text.strip() for link in page.soup.select("nav.tabs a")]


def with_case(app, number, change):
    with writing(app) as session:
        change(session, session.get_one(Case, number))


def token_of(visitor):
    """A token that is good for this visitor's forms."""
    page = visitor.get(LIST.format("acme"))
    return next(str(field["value"]) for field in page.soup.find_all("input", attrs={"name": "csrf_token"}))


def noted(session, case):
    conversations.note(session, case, "Secret", does(session, STAFF, as_staff=True))


def solved(session, case):
    case_changes.solve(session, case, does(session, FIRST_PEOPLE["acme"]))


@pytest.mark.parametrize("slug", FIRST_PEOPLE)
def test_everybody_finds_their_own_and_who_may_all_of_them(app, world, supported, slug):
    """AV-50, AV-52."""
    a_case(app, world, slug, subject="The first one")
    owner = signed_in(app, FIRST_PEOPLE[slug])
    mine = owner.get(LIST.format(slug))
    assert subjects(mine) == ["The first one"]
    assert any(tab.endswith("in my organization") for tab in tabs(mine))
    assert subjects(owner.get(LIST.format(slug) + "?tab=organization")) == ["The first one"]
    assert subjects(owner.get(LIST.format(slug) + "?tab=cc")) == []


@pytest.mark.parametrize(
    ("email", "sees"),
    [
        ("org_read_only@acme.example", ["Of the organization", "Of the project"]),
        ("group_read_only@acme.example", ["Of the project"]),
        ("org_billing_admin@acme.example", None),
        ("org_member@acme.example", None),
    ],
)
def test_roles_decide_what_the_organizations_tab_has(app, world, supported, email, sees):
    """3.5: who may see none has no such tab, and asking for it shows none."""
    a_case(app, world, subject="Of the project", project=world.projects["acme"][0])
    a_case(app, world, subject="Of the organization")
    page = signed_in(app, email).get(LIST.format("acme") + "?tab=organization")
    assert subjects(page) == (sees or [])
    assert ("Support cases in my organization" in tabs(page) or "Cases in my organization" in tabs(page)) == bool(sees)


def test_a_shared_list_is_everybodys(app, world, supported):
    a_case(app, world, subject="For all")
    with writing(app) as session:
        acme = session.get_one(Organization, world.organizations["acme"].id)
        case_people.share_list(session, acme, does(session, STAFF, as_staff=True))
    page = signed_in(app, "org_member@acme.example").get(LIST.format("acme") + "?tab=organization")
    assert subjects(page) == ["For all"]


def test_who_is_on_cc_finds_it_in_any_organization(app, world, supported):
    """AV-53, CC-9."""
    a_case(app, world, subject="With friends", cc=["admin@cobalt.example", "org_member@acme.example"])
    assert subjects(signed_in(app, "org_member@acme.example").get(LIST.format("acme") + "?tab=cc")) == ["With friends"]
    elsewhere = signed_in(app, "admin@cobalt.example").get("/cases")
    assert subjects(elsewhere) == ["With friends"]
    assert subjects(signed_in(app, "member@cobalt.example").get("/cases")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=needle", ["Two"]),
        ("?q=SECRET", []),
        ("?q=%25", []),
        ("?state=Open", ["Two", "One"]),
        ("?state=Solved", []),
        ("?severity=1", ["One"]),
        ("?sort=created", ["Two", "One"]),
        ("?sort=severity", ["One", "Two"]),
        ("?sort=due", ["One", "Two"]),
        ("?from=2999-01-01", []),
    ],
)
def test_what_narrows_and_orders(app, world, supported, query, expected):
    """What staff alone read is not found (CC-13)."""
    a_case(app, world, subject="One", severity="1")
    second = a_case(app, world, subject="Two", severity="2", description="A needle in hay.")
    with_case(
        app,
        second,
        lambda session, case: conversations.note(session, case, "Secret", does(session, STAFF, as_staff=True)),
    )
    assert subjects(signed_in(app).get(LIST.format("acme") + query)) == expected


def test_a_number_finds_its_case_and_a_wrong_day_is_said_beside_its_field(app, world, supported):
    number = a_case(app, world, subject="This one")
    a_case(app, world, subject="Another")
    owner = signed_in(app)
    assert subjects(owner.get(LIST.format("acme") + f"?q=%23{number}")) == ["This one"]
    page = owner.get(LIST.format("acme") + "?from=yesterday")
    assert "Enter a day that exists" in page.text


def test_a_long_list_goes_on_from_its_last_case(app, world, supported, monkeypatch):
    monkeypatch.setattr("portal.blueprints.cases.listing.PAGE_SIZE", 2)
    for number in range(5):
        a_case(app, world, subject=f"Case {number}", severity=str(number % 3 + 1))
    owner = signed_in(app)
    for sort in ("updated", "created", "due", "severity"):
        seen: list[str] = []
        address: str | None = LIST.format("acme") + f"?sort={sort}"
        while address:
            page = owner.get(address)
            seen += subjects(page)
            following = page.soup.select_one("#cases-next")
            address = str(following["href"]) if following else None
        assert sorted(seen) == [f"Case {number}" for number in range(5)], sort


def test_the_list_as_csv_holds_what_may_be_seen_and_no_formula(app, world, supported):
    a_case(app, world, subject="=1+1")
    answer = signed_in(app).client.get(LIST.format("acme") + ".csv?tab=mine")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["Subject"], row["Status"]) for row in rows] == [("'=1+1", "Open")]
    assert (
        signed_in(app, "org_member@acme.example")
        .client.get(LIST.format("acme") + ".csv?tab=organization")
        .text.count("\n")
        == 1
    )


def test_a_view_is_kept_renamed_and_deleted_by_its_person_alone(app, world, supported):
    """VIEW-1."""
    owner, other = signed_in(app), signed_in(app, "org_read_only@acme.example")
    owner.get(LIST.format("acme") + "?severity=1&tab=mine").submit(SAVE, name="Bad ones")
    page = owner.get(LIST.format("acme"))
    assert page.soup.find("a", string="Bad ones", href=lambda address: "severity=1" in str(address))
    assert not other.get(LIST.format("acme")).soup.find("a", string="Bad ones")
    refused = page.submit(SAVE, name=" ")
    assert (refused.status, "Enter a name" in refused.text) == (422, True)
    action = next(str(form["action"]) for form in page.soup.find_all("form") if "/deletion" in str(form["action"]))
    assert other.post(action, {"csrf_token": token_of(other)}).status == 404
    page.submit(action)
    assert not owner.get(LIST.format("acme")).soup.find("a", string="Bad ones")


def test_following_all_is_for_who_may(app, world, supported):
    """AV-52."""
    page = signed_in(app).get(LIST.format("acme"))
    page.submit("/orgs/acme/support/cases/following", follow="yes")
    with reading(app) as session:
        acme, owner = (
            session.get_one(Organization, world.organizations["acme"].id),
            does(session, FIRST_PEOPLE["acme"]).who,
        )
        assert case_people.follows_all(session, acme, owner)
    member = signed_in(app, "org_member@acme.example")
    assert "Follow all" not in member.get(LIST.format("acme")).text


@pytest.mark.parametrize(
    ("email", "may"),
    [
        ("org_owner@acme.example", True),
        ("group_owner@acme.example", True),
        ("org_billing_read_only@acme.example", False),
    ],
)
def test_the_list_leads_to_the_form_where_roles_permit(app, world, supported, email, may):
    page = signed_in(app, email).get(LIST.format("acme"))
    assert bool(page.soup.find("a", href="/orgs/acme/support/cases/new")) is may


def test_the_list_leads_to_no_form_where_the_plan_has_none(app, world):
    page = signed_in(app).get(LIST.format("acme"))
    assert "See all ways to help" in page.text
    assert not page.soup.find("a", href="/orgs/acme/support/cases/new")


def test_the_requester_is_asked_how_it_was_and_may_change_the_answer(app, world, supported):
    """ASKED-1."""
    number = a_case(app, world, subject="Solved soon")
    owner, address = signed_in(app), f"/orgs/acme/support/cases/{number}"
    assert not owner.get(address).soup.select("#rating")
    with_case(app, number, solved)
    owner.get(address).submit(address + "/rating", answer="good", words="Quick!")
    owner.get(address).submit(address + "/rating", answer="bad", words="Not solved.")
    with reading(app) as session:
        rating = case_ratings.find(session, session.get_one(Case, number))
        assert rating
        assert (rating.is_good, rating.words) == (False, "Not solved.")
    assert "Not solved." in signed_in(app, STAFF).get(f"/staff/cases/{number}").text
    assert not signed_in(app, "org_read_only@acme.example").get(address).soup.select("#rating")


def test_an_answer_without_a_choice_is_refused_with_its_words(app, world, supported):
    number = a_case(app, world, subject="Solved soon")
    with_case(app, number, solved)
    owner = signed_in(app)
    fields = {"csrf_token": token_of(owner), "words": "Hm."}
    page = owner.post(f"/orgs/acme/support/cases/{number}/rating", fields)
    assert (page.status, "Choose one of both." in page.text, "Hm." in page.text) == (422, True, True)


def test_a_closed_case_is_asked_about_for_thirty_days(app, world, supported):
    number = a_case(app, world, subject="Old")
    with_case(app, number, solved)
    with reading(app) as session:
        case = session.get_one(Case, number)
        assert case_ratings.is_open(case, at=clock.now())
