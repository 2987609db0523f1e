"""The list of one's organizations and an organization's overview: what needs attention, for whom it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal import catalogues, clock, database
from portal.domain.periods import Month
from portal.services import organizations, people
from tests import customers
from tests.billed import MEMBER, OWNER, VIEWER, bill_acme, customer_of
from tests.pages import Visitor, counted
from tests.world import AT

if TYPE_CHECKING:
    from flask import Flask

    from tests.pages import Page
    from tests.world import World

DATABASES = ("sqlite",)

ACME = "/orgs/acme/"
WITH_BILLING = [OWNER, "org_billing_admin@acme.example", VIEWER]
WITHOUT_BILLING = [MEMBER, "org_read_only@acme.example", "org_group_creator@acme.example", "group_owner@acme.example"]


@pytest.fixture
def owing(app: Flask, world: World) -> None:
    """Acme owes since 2024, and has used something today."""
    with database.writing(app.extensions["database"]).begin() as session:
        bill_acme(session, world)
        customers.use(session, customer_of(session, world, "acme"), clock.today(), "12.34")


def join(app: Flask, world: World, email: str, slug: str, *roles: str) -> None:
    """Make a person a member of one more organization."""
    with database.writing(app.extensions["database"]).begin() as session:
        user = people.find_user(session, world.person(email).user_id)
        assert user
        organization = world.organizations[slug]
        known = catalogues.load(organization.catalogue).roles
        organizations.add_member(session, organization, user, roles=known, at=AT, organization_roles=roles)


def main(page: Page) -> str:
    return " ".join(page.soup.main.get_text().split()) if page.soup.main else ""


def tiles(page: Page) -> list[str]:
    return [" ".join(tile.get_text(" ").split()) for tile in page.soup.select(".tiles > li")]


@pytest.mark.parametrize("email", WITH_BILLING)
def test_who_may_see_billing_is_told_what_to_do_and_what_the_month_comes_to(owing, visitor, email):
    visitor.sign_in(email)
    page = visitor.get(ACME)
    assert "This organization is locked." in main(page)
    assert "Paying everything that is due lifts it." in main(page)
    links = page.soup.select("#main section[aria-labelledby=attention] tbody th a")
    assert [" ".join(link.get_text().split()) for link in links] == ["March 2024", "April 2024"]
    assert "$47.61" in main(page), "40.01 and 19 % of it"
    assert visitor.get(str(links[1]["href"])).h1 == "Invoice for April 2024"
    assert "so far $12.34 April 2024: $40.01" in main(page)
    assert "Nothing needs your attention" not in main(page)


def test_the_month_so_far_stands_there_by_day_and_by_project(owing, visitor):
    visitor.sign_in(OWNER)
    page = visitor.get(ACME)
    assert [amount.get_text(strip=True) for amount in page.soup.select(".tip b")] == ["$12.34", "$12.34"]
    assert "$12.34" in [cell.get_text(strip=True) for cell in page.soup.select("td[data-label='Usage so far']")]


@pytest.mark.parametrize("email", WITHOUT_BILLING)
def test_who_may_not_see_billing_finds_no_figure_of_it(owing, visitor, email):
    visitor.sign_in(email)
    for page in (visitor.get(ACME), visitor.get("/")):
        assert not {"$", "€"} & set(main(page))
        assert "Invoice" not in main(page)
        assert not page.soup.select("a[href*=billing]")
    assert "People who manage its billing can lift it." in main(visitor.get(ACME))


def test_where_nothing_is_to_do_the_page_says_so_in_one_line(world, visitor):
    for email in (OWNER, MEMBER):
        visitor.client.delete_cookie("session")
        visitor.sign_in(email)
        page = visitor.get(ACME)
        assert "Nothing needs your attention." in main(page)
        assert not page.soup.select("#main .notice, #main section[aria-labelledby=attention]")


def test_a_subscription_that_ends_soon_is_announced_to_those_who_see_billing(app, world, visitor):
    today = clock.today()
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        for month in Month.of(AT).until(Month.of(today).preceding()):
            customers.close(session, customer, str(month))
        customers.go_elastic(session, customer, today, months=1)
    visitor.sign_in(OWNER)
    page = visitor.get(ACME)
    assert "A subscription ends on " in main(page)
    assert "A subscription ends on " in tiles(visitor.get("/"))[0]
    visitor.client.delete_cookie("session")
    visitor.sign_in(MEMBER)
    assert "A subscription ends on " not in main(visitor.get(ACME))


def test_the_overview_asks_as_often_for_much_as_for_little(app, world, visitor, owing):
    def questions() -> int:
        with counted(app) as statements:
            assert visitor.client.get(ACME).status_code == 200
        return len(statements)

    visitor.sign_in(OWNER)
    before = questions()
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        for month in range(5, 13):
            customers.use(session, customer, customers.START.replace(month=month), "5", service=f"S{month}")
            customers.close(session, customer, f"2024-{month:02d}")
        for number in range(20):
            organizations.create_project(session, customer.organization, f"p{number}", at=AT)
    assert questions() == before


def test_the_list_says_of_each_organization_the_role_and_what_it_needs(app, world, visitor, owing):
    join(app, world, OWNER, "borealis", "super_admin")
    join(app, world, OWNER, "cobalt")
    page = visitor.sign_in(OWNER).follow()
    acme, borealis, cobalt = tiles(page)
    so_far = f"{clock.today():%B %Y} so far"
    assert acme == f"A Acme Organization Owner Locked 2 payments need attention: €217.83 + $47.61 {so_far} $12.34"
    assert borealis.endswith(f"{so_far} $0.00")
    assert "Nothing needs attention" in borealis
    assert cobalt == "C Cobalt Single projects What you can do in Cobalt Leave Cobalt"
    assert page.click("Borealis").h1 == "Overview"


def test_who_sees_billing_in_one_organization_alone_is_told_of_that_one_alone(app, world, visitor, owing):
    join(app, world, "super_admin@borealis.example", "acme", "ORG_MEMBER")
    acme, borealis = tiles(visitor.sign_in("super_admin@borealis.example").follow())
    assert acme == "A Acme Organization Member Locked"
    assert "Nothing needs attention" in borealis


def test_one_organization_is_a_list_too(world, visitor):
    page = visitor.sign_in(OWNER).follow()
    assert page.h1 == "Your organizations"
    assert len(tiles(page)) == 1


def test_the_list_asks_as_often_for_three_organizations_as_for_one(app, world, owing):
    def questions(*slugs: str) -> int:
        visitor = Visitor(app)
        visitor.sign_in("super_admin@borealis.example")
        for slug in slugs:
            role = {"acme": "ORG_OWNER", "cobalt": "admin"}[slug]
            join(app, world, "super_admin@borealis.example", slug, role)
        with counted(app) as statements:
            assert visitor.client.get("/").status_code == 200
        return len(statements)

    assert questions() == questions("acme", "cobalt")


def test_staff_with_an_organization_of_their_own_see_the_list_and_the_way_to_the_staff_pages(app, world, visitor):
    join(app, world, "support@portal.example", "acme", "ORG_MEMBER")
    page = visitor.sign_in("support@portal.example").follow()
    assert page.h1 == "Your organizations"
    assert page.click("Staff pages").h1 == "Organizations"
