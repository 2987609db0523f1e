"""The page of subscriptions and the credits on the billing overview, as people with their roles see them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from portal import database
from portal.domain.periods import Days, add_months
from portal.models.organizations import User
from portal.services import credit_rows, subscriptions
from portal.services.contracts import with_id
from tests import customers
from tests.billed import MEMBER, OWNER, VIEWER, customer_of
from tests.committed import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    TODAY,
    commit,
    commit_with_credits,
    grant,
    stay_in_april,
)
from tests.contracts import activate, terms
from tests.customers import midnight
from tests.markup import html_validate_findings, nu_findings, write_page
from tests.pages import Visitor, counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.customers import Customer
    from tests.world import World

DATABASES = ("sqlite",)

BILLING = "/orgs/acme/billing"
PAGE = f"{BILLING}/subscriptions"
ADMIN = "org_billing_admin@acme.example"
BUDGET = 26


@pytest.fixture(autouse=True)
def april(monkeypatch: pytest.MonkeyPatch) -> None:
    stay_in_april(monkeypatch)


@pytest.fixture
def change(app: Flask, world: World) -> Callable[[Callable[[Session, Customer], object]], None]:
    """Does something with Acme as a customer."""

    def do(step: Callable[[Session, Customer], object]) -> None:
        with database.writing(app.extensions["database"]).begin() as session:
            step(session, customer_of(session, world, "acme"))

    return do


@pytest.fixture
def viewer(visitor: Visitor) -> Visitor:
    visitor.sign_in(VIEWER)
    return visitor


def words(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def credits_of(page) -> list[list[str]]:
    """The table of available credits: name and note, and the three amounts."""
    rows = page.soup.select("section[aria-labelledby=credits] > .table-box tbody tr")
    return [[words(row.th), *(words(cell) for cell in row.select("td.n"))] for row in rows]


def table(page, caption) -> list[list[str]]:
    found = next(one for one in page.soup.find_all("caption") if caption in words(one)).find_parent("table")
    return [[words(cell) for cell in row.select("th, td")] for row in found.select("tbody tr")]


@pytest.mark.parametrize("email", [OWNER, ADMIN, VIEWER])
def test_who_may_see_billing_sees_contracts_and_credits(visitor, change, email):
    change(commit)
    visitor.sign_in(email)
    page = visitor.get(PAGE, budget=BUDGET)
    assert page.h1 == "Subscriptions"
    assert "$2,440.00 of $12,000.00 used" in page.text
    assert "Purchase order PO-77" in page.text
    assert credits_of(visitor.get(BILLING, budget=BUDGET))[0][1:] == ["12,000.00", "2,440.00", "9,560.00"]


def test_a_member_is_refused_and_strangers_find_nothing(app, world):
    for email, status in ((MEMBER, 403), ("super_admin@borealis.example", 404)):
        visitor = Visitor(app)
        visitor.sign_in(email)
        assert visitor.get(PAGE).status == status


def test_rows_stand_as_they_are_drawn_and_what_is_upcoming_is_gray(viewer, change):
    change(commit)
    year = Days(MARCH, add_months(TODAY, 12))
    for amount, days, priority in (
        ("70", Days(FEBRUARY, TODAY + timedelta(days=40)), None),
        ("30", year, 2),
        ("20", year, 1),
        ("500", Days(TODAY + timedelta(days=9), add_months(TODAY, 3)), 1),
    ):
        change(lambda session, acme, a=amount, d=days, p=priority: grant(session, acme, a, d, priority=p))
    page = viewer.get(BILLING, budget=BUDGET)
    assert credits_of(page) == [
        ["Promotional credits Used up", "20.00", "20.00", "0.00"],
        ["Promotional credits In use", "30.00", "20.00", "10.00"],
        ["Promotional credits Starts when the rows above are used up", "70.00", "0.00", "70.00"],
        ["Monthly Commitment Starts when the rows above are used up", "12,000.00", "2,400.00", "9,600.00"],
        ["Elastic Starts when the rows above are used up", "– none", "0.00", "∞ no limit"],
        ["Promotional credits Upcoming, starts in 9 days", "500.00", "0.00", "500.00"],
    ]
    assert [words(row.th) for row in page.soup.select("tr[data-state=upcoming]")] == [
        "Promotional credits Upcoming, starts in 9 days"
    ]
    assert "Elastic Billing Enabled" in page.text
    bars = [(bar["value"], bar["max"]) for bar in page.soup.select("section[aria-labelledby=credits] progress")]
    assert bars[:2] == [("2000", "2000"), ("2000", "3000")]


def test_each_month_is_set_against_its_commitment(viewer, change):
    change(commit)
    months = table(viewer.get(BILLING, budget=BUDGET), "monthly spending")
    assert [row[1:] for row in months] == [
        ["1,000.00", "600.00", "1,000.00", "400.00"],
        ["1,000.00", "1,300.00", "1,000.00", "100.00"],
        ["1,000.00", "500.00", "1,000.00", "600.00"],
        ["1,000.00", "40.00", "– not yet", "– not yet"],
    ]


def test_what_is_expired_or_void_is_history(viewer, change):
    def lapse(session: Session, acme: Customer) -> None:
        grant(session, acme, "70", Days(FEBRUARY, MARCH))
        grant(session, acme, "90", Days(FEBRUARY, add_months(TODAY, 1)))
        newest = credit_rows.of_organization(session, acme.organization)[-1]
        credit_rows.change(
            session, newest.credit, voided=True, at=midnight(TODAY), by=None, reason="Granted by mistake"
        )

    change(lapse)
    page = viewer.get(BILLING, budget=BUDGET)
    assert "History: 2 expired credits" in page.text
    assert [(row[0], *row[2:]) for row in table(page, "Expired credits")] == [
        ("Promotional credits Voided", "90.00", "0.00", "90.00"),
        ("Promotional credits Expired", "70.00", "0.00", "70.00"),
    ]
    assert "No credits" in page.text


def test_elastic_says_since_when_or_that_it_waits(viewer, change):
    change(commit)
    assert "If credits run out Elastic, enabled, not active" in viewer.get(BILLING, budget=BUDGET).text

    def use_up(session: Session, acme: Customer) -> None:
        customers.use(session, acme, APRIL, "9600")
        customers.use(session, acme, APRIL, "1")

    change(use_up)
    assert credits_of(viewer.get(BILLING, budget=BUDGET))[1] == ["Elastic In use", "– none", "41.00", "∞ no limit"]


def test_elastic_is_active_since_the_day_of_its_event(viewer, change):
    def begin(session: Session, acme: Customer) -> None:
        customers.live_at(session, acme)
        customers.go_elastic(session, acme, date(2024, 1, 1))
        customers.use(session, acme, date(2024, 1, 14), "5")
        customers.close(session, acme, "2024-01")

    change(begin)
    assert "Elastic since 14 January 2024" in viewer.get(BILLING, budget=BUDGET).text
    assert "without an end" in viewer.get(PAGE, budget=BUDGET).text


def test_the_page_says_where_the_term_will_end_and_shows_every_month(viewer, change):
    change(commit)
    page = viewer.get(PAGE, budget=BUDGET)
    assert "less than committed" in page.text
    assert "of usage a day on average in" in page.text
    assert "What is not used until then expires." in page.text
    months = table(page, "commitment and usage by month")
    assert len(months) == 12
    assert months[1][1:] == ["1,000.00", "1,300.00", "1,000.00", "2,000.00", "1,900.00"]
    assert months[-1][4] == "12,000.00"
    picture = page.soup.select_one("svg[role=img] polyline")
    assert picture
    assert len(page.soup.select(".position .chart-col")) == 12


def test_more_than_committed_is_a_warning_with_the_day(viewer, change):
    change(commit)
    change(lambda session, acme: customers.use(session, acme, APRIL, "9000"))
    page = viewer.get(PAGE, budget=BUDGET)
    warning = page.soup.select_one(".notice[data-tone=warn]")
    assert warning
    assert "more than committed" in words(warning)
    assert "The commitment is used up about" in words(warning)
    assert "Nothing stops: further usage is invoiced monthly, $1 for $1 of usage." in words(warning)
    overview = viewer.get(BILLING, budget=BUDGET)
    assert "At the pace of the last months your commitment lasts until about" in overview.text
    assert overview.click("See the estimate", budget=BUDGET).h1 == "Subscriptions"


def test_the_next_contract_and_those_that_ended_stand_there(viewer, change):
    def sign_more(session: Session, acme: Customer) -> None:
        customers.live_at(session, acme)
        activate(session, acme, terms("prepaid", "2400.00", months=3))
        commit(session, acme)
        activate(session, acme, terms(starts_on=date(2025, 1, 1)), on=TODAY)

    change(sign_more)
    page = viewer.get(PAGE, budget=BUDGET)
    heads = [words(head) for head in page.soup.select("#main h2")]
    assert heads == ["Monthly Commitment", "Next contract: Monthly Commitment", "Ended", "Subscription types"]
    assert table(page, "have ended") == [["Prepaid", "1 Jan – 31 Mar 2024", "2,400.00", "2,400.00"]]
    yours = [words(term) for term in page.soup.select("dl.terms dt") if "Yours" in words(term)]
    assert yours == ["Monthly Commitment Yours"]


def seller(session: Session) -> User:
    return session.query(User).filter_by(email="sales@portal.example").one()


@pytest.mark.parametrize(("days_left", "is_named"), [(61, False), (60, True), (0, True), (-1, True)])
def test_the_sales_representative_is_named_from_sixty_days_before_the_end(viewer, change, days_left, is_named):
    def sign(session: Session, acme: Customer) -> None:
        sold = terms("flex_commitment", sales_representative_id=seller(session).id)
        agreed = with_id(session, activate(session, acme, sold).id)
        end = TODAY + timedelta(days=days_left + 1)
        subscriptions.agree(session, agreed, {"ends_before": end}, at=midnight(TODAY), by=None, reason="Moved")

    change(sign)
    assert ("sales@portal.example" in viewer.get(PAGE, budget=BUDGET).text) is is_named


def test_where_the_next_contract_is_agreed_nobody_is_pointed_to_sales(viewer, change):
    def sign(session: Session, acme: Customer) -> None:
        sold = terms("flex_commitment", sales_representative_id=seller(session).id)
        agreed = with_id(session, activate(session, acme, sold).id)
        end = TODAY + timedelta(days=10)
        subscriptions.agree(session, agreed, {"ends_before": end}, at=midnight(TODAY), by=None, reason="Earlier")
        activate(session, acme, terms("flex_commitment", starts_on=end), on=TODAY)

    change(sign)
    page = viewer.get(PAGE, budget=BUDGET)
    assert "sales@portal.example" not in page.text
    assert "The subscription ends on" not in page.text


def test_what_ended_before_the_contract_in_force_points_nobody_to_sales(viewer, change):
    def sign(session: Session, acme: Customer) -> None:
        sold = terms("flex_commitment", months=1, sales_representative_id=seller(session).id)
        activate(session, acme, sold)
        activate(session, acme, terms("flex_commitment", starts_on=MARCH))

    change(sign)
    page = viewer.get(PAGE, budget=BUDGET)
    assert [words(head) for head in page.soup.select("#main h2")][1] == "Ended"
    assert "sales@portal.example" not in page.text


def test_an_organization_without_a_subscription_is_told_what_there_is(viewer):
    page = viewer.get(PAGE, budget=BUDGET)
    assert "No subscription in force" in page.text
    assert "Flex Commitment" in page.text
    viewer.client.delete_cookie("session")
    viewer.sign_in("super_admin@borealis.example")
    assert "Subscription types" not in viewer.get("/orgs/borealis/billing/subscriptions", budget=BUDGET).text


def test_the_page_asks_as_often_for_many_contracts_as_for_two(app, viewer, change):
    def questions() -> int:
        with counted(app) as statements:
            assert viewer.client.get(PAGE).status_code == 200
        return len(statements)

    change(commit)
    change(lambda session, acme: activate(session, acme, terms("flex_commitment"), on=JANUARY))
    before = questions()
    for _ in range(5):
        change(lambda session, acme: activate(session, acme, terms("flex_commitment"), on=JANUARY))
    assert questions() == before


def test_an_overdue_prepayment_needs_attention_with_its_tax_invoice(viewer, change):
    def sign(session: Session, acme: Customer) -> None:
        customers.live_at(session, acme)
        activate(session, acme, terms("prepaid", "2400.00"))

    change(sign)
    (row,) = table(viewer.get(BILLING, budget=BUDGET), "need your attention")
    assert row[0].startswith("Prepayment (PDF) TI-2024-")
    assert row[-1] == "$2,952.00"
    assert table(viewer.get("/orgs/acme/"), "need your attention") == [row]


def test_two_checkers_find_nothing_in_the_pages_of_a_contract(visitor, change, tmp_path):
    numbers: dict[str, str] = {}
    change(lambda session, acme: numbers.update(commit_with_credits(session, acme)))
    visitor.sign_in(OWNER)
    for number, path in enumerate((BILLING, PAGE, f"{BILLING}/invoices/{numbers['2024-02']}")):
        write_page(tmp_path, f"{number}.html", visitor.get(path, budget=BUDGET).answer.text, is_part=False)
    assert not [*nu_findings(tmp_path), *html_validate_findings(tmp_path)]


def test_the_invoice_sets_the_commitment_against_the_usage(viewer, change):
    numbers: dict[str, str] = {}
    change(lambda session, acme: numbers.update(commit(session, acme)))
    page = viewer.get(f"{BILLING}/invoices/{numbers['2024-02']}")
    assert "$1,300.00 used: $1,000.00 commitment, $300.00 from credits left over in January 2024." in page.text
    details = page.soup.select_one("details:has(.against)")
    assert details
    assert [(words(one.dt), words(one.dd)) for one in details.select(".halves > :first-child .dl > div")] == [
        ("Commitment of the month", "$1,000.00"),
        ("Usage", "$1,300.00"),
        ("Usage above the commitment", "$300.00"),
        ("Unused credits applied", "$300.00"),
        ("Charged credits", "$1,000.00"),
        ("Unused credits carried on", "$100.00"),
        ("Left to be billed", "$10,000.00"),
        ("Remaining in the pool", "$10,100.00"),
        ("Billed usage", "$1,000.00"),
    ]
    assert "The greater of both is charged." in words(details)
    alone = viewer.get(f"{BILLING}/invoices/{numbers['2024-02']}/payments/1")
    assert "left over in January 2024" in alone.text
    assert "The greater of both is charged." in alone.text
