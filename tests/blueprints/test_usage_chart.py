"""The usage chart of the billing overview: twelve months by service or project, as page, part and table (13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal import clock, database
from portal.domain.periods import Month, add_months
from portal.services import organizations
from tests import customers
from tests.billed import OWNER, customer_of
from tests.pages import counted
from tests.world import AT

if TYPE_CHECKING:
    from datetime import date

    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.pages import Page, Visitor
    from tests.world import World

DATABASES = ("sqlite",)

BILLING = "/orgs/acme/billing"
BUDGET = 27


def months_ago(count: int) -> date:
    return add_months(clock.today().replace(day=1), -count)


@pytest.fixture
def used(app: Flask, world: World) -> None:
    """Usage of this month and each of the twelve before; the invoices of two years are there."""
    with database.writing(app.extensions["database"]).begin() as session:
        customer, lab = customer_of(session, world, "acme"), world.projects["acme"][1]
        customers.live_at(session, customer, "DE", region="Berlin", on=months_ago(24))
        for ago in range(12, 0, -1):
            customers.use(session, customer, months_ago(ago), "10")
            customers.use(session, customer, months_ago(ago), f"{ago}.25", project=lab, service="Backup")
        customers.use(session, customer, months_ago(0), "7")
        close_all(session, world)


def close_all(session: Session, world: World) -> None:
    customer = customer_of(session, world, "acme")
    for month in Month.of(AT).until(Month.of(months_ago(1))):
        customers.close(session, customer, str(month))


@pytest.fixture
def owner(visitor: Visitor, used: None) -> Visitor:
    visitor.sign_in(OWNER)
    return visitor


def table(page: Page) -> list[list[str]]:
    return [
        [" ".join(cell.get_text().split()) for cell in row.select("th, td")]
        for row in page.soup.select("#usage-months tr")
    ]


def legend(page: Page) -> list[str]:
    return [" ".join(item.get_text().split()) for item in page.soup.select("#usage-months .legend li")]


def test_the_table_has_the_same_twelve_months_as_the_picture_and_adds_up(owner):
    page = owner.get(BILLING, budget=BUDGET)
    head, *rows, foot = table(page)
    assert head == ["Month", "Clusters", "Backup", "Total"]
    assert len(rows) == len(page.soup.select("#usage-months .chart-col")) == 12
    assert rows[0][1:] == ["10.00", "11.25", "21.25"], "the month before the eleventh last one is not shown"
    assert rows[-1][0].endswith("to date")
    assert rows[-1][1:] == ["7.00", "0.00", "7.00"]
    assert foot == ["Total", "117.00", "68.75", "$185.75"]
    assert legend(page) == ["Clusters $117.00", "Backup $68.75"]
    assert [column["class"] for column in page.soup.select(".chart-col")][-1] == ["chart-col", "part"]


def test_the_finding_is_in_words(owner):
    picture = owner.get(BILLING, budget=BUDGET).soup.select_one("#usage-months svg[role=img]")
    assert picture
    title, finding = (picture.find(id=name) for name in str(picture["aria-labelledby"]).split())
    assert title
    assert title.get_text() == "Usage by month and service"
    assert finding
    assert finding.get_text().startswith("$185.75 in all; the most in ")
    assert "with $21.25" in finding.get_text()


def test_the_view_stands_in_the_address_and_its_links_work_without_script(owner):
    page = owner.get(BILLING, budget=BUDGET).click("By project", budget=BUDGET)
    assert legend(page) == ["shop $117.00", "lab $68.75"]
    current = page.soup.select_one("#usage-months [aria-current]")
    assert current
    assert current.get_text() == "By project"
    assert legend(page.click("By service", budget=BUDGET)) == ["Clusters $117.00", "Backup $68.75"]
    assert legend(owner.get(f"{BILLING}?by=nonsense", budget=BUDGET)) == ["Clusters $117.00", "Backup $68.75"]


def test_htmx_gets_the_chart_alone(owner):
    part, page = owner.part(f"{BILLING}?by=project"), owner.get(f"{BILLING}?by=project", budget=BUDGET)
    assert part.soup.find(id="usage-months")
    assert not part.soup.find("h1")
    assert table(part) == table(page)
    for link in part.soup.select(".segments a"):
        assert link["href"] == link["data-hx-get"]
        assert link["data-hx-target"] == "#usage-months"


def test_with_twenty_projects_there_is_no_view_by_project_and_the_page_says_so(app, owner, world):
    for more, count in ((17, 19), (1, 20)):
        with database.writing(app.extensions["database"]).begin() as session:
            for number in range(more):
                organizations.create_project(session, world.organizations["acme"], f"p{count}-{number}", at=AT)
        page = owner.get(f"{BILLING}?by=project", budget=BUDGET)
        if count == 19:
            assert legend(page) == ["shop $117.00", "lab $68.75"]
    assert legend(page) == ["Clusters $117.00", "Backup $68.75"]
    assert not page.soup.select("#usage-months .segments")
    assert "fewer than 20 projects; there are 20" in page.text


def test_without_usage_there_is_no_picture_but_words(world, visitor):
    visitor.sign_in(OWNER)
    page = visitor.get(BILLING, budget=BUDGET)
    assert "No usage in the last 12 months" in page.text
    assert not page.soup.select("#usage-months svg[role=img], #usage-months table")


def test_the_chart_asks_as_often_for_little_as_for_much(app, owner, world):
    def questions() -> int:
        with counted(app) as statements:
            assert owner.client.get(f"{BILLING}?by=project").status_code == 200
        return len(statements)

    before = questions()
    with database.writing(app.extensions["database"]).begin() as session:
        for number in range(15):
            project = organizations.create_project(session, world.organizations["acme"], f"more{number}", at=AT)
            for service in ("Charts", "BI Connector", "App Services"):
                customers.use(
                    session, customer_of(session, world, "acme"), clock.today(), "1", project=project, service=service
                )
    assert questions() == before
