"""The first page, an organization's overview, the staff's list, and what stands in the sidebar."""

from __future__ import annotations

from datetime import date

from portal import database
from portal.models.organizations import Organization
from portal.services import organizations
from portal.web.paging import PAGE_SIZE
from tests.builders import a_closed_month
from tests.world import AT

DATABASES = ("sqlite",)


def sidebar(page):
    return [" ".join(link.text.split()) for link in page.soup.select("#nav .nav a")]


def test_who_is_not_signed_in_is_shown_the_way(visitor):
    page = visitor.get("/")
    assert page.h1 == "Every amount on your invoice, explained"
    assert page.click("Sign in").h1 == "Sign in"


def test_somebody_without_an_organization_is_told_how_to_get_into_one(visitor):
    assert "can add you by your e-mail address" in visitor.sign_in("nobody@nowhere.example").follow().text


def test_the_overview_shows_the_organization_and_ones_part_in_it(visitor, world):
    page = visitor.sign_in("org_owner@acme.example").follow().click("Acme")
    assert page.h1 == "Overview"
    assert world.organizations["acme"].hex_id in page.text
    assert "Organization Owner" in page.text
    assert [head.text.strip() for head in page.soup.select("tbody th")] == ["lab", "shop"]


def test_the_overview_counts_the_members_of_this_organization_alone(visitor, world):
    visitor.sign_in("org_owner@acme.example")
    members = [person for person in (*world.people, *world.deactivated) if person.slug == "acme"]
    assert f"Members {len(members)}" in visitor.get("/orgs/acme/").text


def test_a_member_sees_the_projects_they_were_added_to_and_their_role_there(visitor):
    visitor.sign_in("group_backup_manager@acme.example")
    page = visitor.get("/orgs/acme/")
    assert [" ".join(row.text.split())[:27] for row in page.soup.select("tbody tr")] == ["shop Project Backup Manager"]
    assert "lab" not in page.soup.main.text


def test_a_member_without_projects_is_told_so(visitor):
    visitor.sign_in("org_member@acme.example")
    page = visitor.get("/orgs/acme/")
    assert "No project yet" in page.text
    assert not page.soup.select("tbody th")


def test_a_collaborator_sees_the_organization_in_the_list_and_has_no_page_of_it(visitor):
    page = visitor.sign_in("collaborator@cobalt.example").follow()
    assert "Cobalt" in page.text
    assert "Single projects" in page.text
    assert not page.soup.find("a", href="/orgs/cobalt/")


def test_the_sidebar_has_only_pages_that_open(app, visitor, world):
    for person in [person for person in world.people if person.slug]:
        visitor.client.delete_cookie("session")
        visitor.sign_in(person.email)
        page = visitor.get(f"/orgs/{person.slug}/")
        for link in page.soup.select("#nav .nav a") if page.status == 200 else ():
            # The billing overview asks most: it settles the running month and lists all credits.
            assert visitor.get(link["href"], budget=25).status == 200, f"{person.email}: {link['href']}"


def test_the_page_one_is_on_is_marked_in_the_sidebar(visitor):
    visitor.sign_in("org_owner@acme.example")
    marked = visitor.get("/orgs/acme/").soup.select("#nav [aria-current=page]")
    assert [mark["href"] for mark in marked] == ["/orgs/acme/"]


def test_staff_see_every_organization_and_its_last_closed_month(app, visitor):
    with database.writing(app.extensions["database"]).begin() as session:
        acme = session.query(Organization).filter_by(slug="acme").one()
        a_closed_month(session, acme, date(2024, 1, 1))
        a_closed_month(session, acme, date(2024, 2, 1))
    page = visitor.sign_in("billing@portal.example").follow().follow()
    assert page.h1 == "Organizations"
    assert {"Organizations", "Month close", "People", "Deliveries", "Components"} <= set(sidebar(page))
    rows = [" ".join(row.text.split()) for row in page.soup.select("tbody tr")]
    assert rows[0].startswith("Acme acme Atlas February 2024")
    assert rows[1].startswith("Borealis borealis Aiven –")


def test_staff_find_an_organization_by_name_and_turn_the_pages(app, visitor):
    with database.writing(app.extensions["database"]).begin() as session:
        for number in range(60):
            organizations.create_organization(session, f"x-{number:02}", name=f"X {number}", catalogue="atlas", at=AT)
    visitor.sign_in("support@portal.example")
    page = visitor.get("/staff/")
    assert len(page.soup.select("tbody tr")) == PAGE_SIZE
    assert f"of {60 + 3}" in page.text
    assert page.click("Next").soup.select("tbody tr")[-1].th.text.split()[-1] == "x-59"
    found = visitor.get("/staff/?q=X+59")
    assert [row.th.text.split()[-1] for row in found.soup.select("tbody tr")] == ["x-59"]
    assert "No organization has “nobody” in its name" in visitor.get("/staff/?q=nobody").text
    assert visitor.get(f"/staff/?q={'x' * 101}").status == 422


def test_an_organization_of_ones_own_can_be_switched_to(visitor):
    page = visitor.sign_in("org_owner@acme.example").follow().click("Acme")
    assert [link["href"] for link in page.soup.select(".switch a")] == ["/orgs/acme/", "/"]


def test_the_portal_says_that_it_is_well(visitor):
    answer = visitor.client.get("/healthz")
    assert answer.json == {"status": "ok"}
