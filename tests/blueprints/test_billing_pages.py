"""Billing pages: overview, list and invoice, as people with their roles see them, with and without htmx."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.money import USD, Money
from portal.models.payments import Payment
from portal.web.formatting import money
from tests import customers
from tests.billed import MEMBER, OWNER, VIEWER, Billed, bill_acme, customer_of
from tests.pages import Visitor, counted

if TYPE_CHECKING:
    from flask import Flask

    from tests.world import World

BILLING = "/orgs/acme/billing"
LIST = f"{BILLING}/invoices"
# The invoice of the running month is settled while the page is made, and below it stands every credit ever had.
OVERVIEW_BUDGET = 26


@pytest.fixture
def billed(app: Flask, world: World) -> Billed:
    with database.writing(app.extensions["database"]).begin() as session:
        return bill_acme(session, world)


@pytest.fixture
def viewer(visitor: Visitor, billed: Billed) -> Visitor:
    visitor.sign_in(VIEWER)
    return visitor


def rows(page) -> list[str]:
    """The first cells of the page's lists, in their order."""
    return [words(head) for head in page.soup.select("#invoices tbody th")]


def words(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def lines(page) -> list[list[str]]:
    """The cells of the usage details."""
    return [[words(cell) for cell in row.select("th, td")] for row in page.soup.select("#usage-details tbody tr")]


def test_the_list_has_every_closed_month_the_newest_first(viewer):
    page = viewer.get(LIST)
    assert rows(page) == ["April 2024", "March 2024", "February 2024", "January 2024"]
    badges = [badge.get_text(strip=True) for badge in page.soup.select("#invoices .badge")]
    assert badges == ["Closed", "Invoiced", "N/A", "Successful"]
    assert "1–4 of 4" in page.text


LISTED = [
    ("status=pending", ["April"]),
    ("status=free", ["February"]),
    ("status=successful", ["January"]),
    ("from=2024-02-01", ["April", "March", "February"]),
    ("from=2024-02-02", ["April", "March"]),
    ("to=2024-02-29", ["February", "January"]),
    ("to=2024-02-28", ["January"]),
    ("from=2024-02-01&to=2024-03-31", ["March", "February"]),
    ("from=2024-03-01&to=2024-03-15", []),
    ("status=&from=&to=", ["April", "March", "February", "January"]),
    ("sort=date", ["January", "February", "March", "April"]),
    ("sort=-usage", ["January", "March", "April", "February"]),
    ("sort=usage&status=pending", ["April"]),
    ("sort=status", ["April", "March", "February", "January"]),
    ("sort=nonsense&page=nonsense", ["April", "March", "February", "January"]),
]


def test_status_dates_and_sorting_stand_in_the_address(viewer):
    """7.2: periods that start on or after From and end on or before To."""
    for query, months in LISTED:
        assert rows(viewer.get(f"{LIST}?{query}")) == [f"{month} 2024" for month in months], query


IMPOSSIBLE = [
    ("from=2024-02-30", "2024-02-30", "Enter a day that exists"),
    ("to=tomorrow", "tomorrow", "Enter a day that exists"),
    ("from=2024-03-01&to=2024-02-01", "2024-02-01", "not before"),
    ("from=0001-01-01", "0001-01-01", "from 2000 to 2999"),
]


def test_an_impossible_day_is_refused_beside_its_field_and_kept(viewer):
    for query, typed, advice in IMPOSSIBLE:
        for page in (viewer.get(f"{LIST}?{query}"), viewer.part(f"{LIST}?{query}")):
            assert page.status == 422
            (field,) = page.soup.select("[aria-invalid]")
            assert field["value"] == typed
            described = page.soup.find(id=str(field["aria-describedby"]))
            assert described
            assert advice in described.get_text()
            assert not rows(page)


def test_an_unknown_status_is_refused(viewer):
    page = viewer.get(f"{LIST}?status=paid")
    assert page.status == 422
    assert page.soup.title
    assert page.soup.title.get_text().startswith("Error: Invoices")
    assert "Choose one of the list." in page.text


def test_the_new_count_of_a_list_is_said_to_who_does_not_see_it(viewer, billed):
    said = [
        words(viewer.part(path).soup.select_one("#news[data-hx-swap-oob]"))
        for path in (f"{LIST}?status=free", f"{LIST}/{billed.numbers['2024-03']}?service=Backup", f"{LIST}/pending")
    ]
    assert said == ["1 invoice", "1 line", "0 lines"]
    assert not viewer.get(LIST).soup.find(id="news").text.strip()


def test_htmx_gets_the_list_alone_and_everybody_else_the_page(viewer):
    part, page = viewer.part(f"{LIST}?status=free"), viewer.get(f"{LIST}?status=free")
    assert part.soup.find(id="invoices")
    assert not part.soup.find("html")
    assert page.soup.find("html")
    assert rows(part) == rows(page) == ["February 2024"]
    assert {"HX-Request", "HX-Request-Type"} <= {name.strip() for name in page.answer.headers["Vary"].split(",")}


def test_a_sorted_column_says_so_and_its_link_turns_it_round(viewer):
    head = viewer.get(f"{LIST}?sort=usage&status=successful").soup.select_one("th[aria-sort]")
    assert head
    assert head["aria-sort"] == "ascending"
    link = head.find("a")
    assert link
    assert link["href"] == link["data-hx-get"] == f"{LIST}?sort=-usage&status=successful"


def test_a_long_list_comes_in_pages_of_fifty_and_asks_no_more_of_the_database(app, world, visitor):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        for year in range(2024, 2029):
            for month in range(1, 13):
                customers.close(session, customer, f"{year}-{month:02d}")
    visitor.sign_in(OWNER)
    first = visitor.get(LIST)
    assert len(rows(first)) == 50
    assert "1–50 of 60" in first.text
    second = first.click("Next")
    assert len(rows(second)) == 10
    assert rows(second)[-1] == "January 2024"
    assert rows(visitor.get(f"{LIST}?page=99")) == rows(second)


def test_the_invoice_shows_its_payments_with_reasons_and_the_sum_behind_each(app, viewer, billed):
    page = viewer.get(f"{LIST}/{billed.numbers['2024-03']}")
    assert page.h1 == "Invoice for March 2024"
    with database.reading(app.extensions["database"])() as session:
        payments = session.scalars(select(Payment).where(Payment.usage_cents == 20005)).all()
    (elastic,) = payments
    for amount in (elastic.net_minor, elastic.tax_minor, elastic.total_minor):
        assert money(amount, "EUR") in page.text
    assert (elastic.net_minor, elastic.tax_minor, elastic.total_minor) == (18305, 3478, 21783)
    assert "$200.05 × €0.915 per $1" in page.text
    assert "VAT 19" in page.text
    assert "$200.05 of the month’s $300.05 falls on days of the elastic subscription" in page.text
    assert "Settled by other payments $100.00" in page.text
    links = [str(link["href"]) for link in page.soup.select("#main a[href$='tax-invoice.pdf']")]
    assert len(links) == 2


def test_the_summaries_and_the_chart_add_up_to_the_invoice(viewer, billed):
    page = viewer.get(f"{LIST}/{billed.numbers['2024-03']}")
    for name in ("by-project", "by-service"):
        section = page.soup.find("section", attrs={"aria-labelledby": name})
        assert section
        amounts = [cell.get_text(strip=True) for cell in section.select("tbody td")]
        assert sum(int(amount.replace(".", "").replace(",", "")) for amount in amounts) == 30005
        assert section.select("tfoot td")[-1].get_text(strip=True) == "$300.05"
    chart = page.soup.find(id="usage-chart")
    assert chart
    assert [cell.get_text(strip=True) for cell in chart.select("tbody td")] == ["100.00", "200.05"]


def test_usage_details_leave_lines_of_nothing_out_until_asked(viewer, billed):
    address = f"{LIST}/{billed.numbers['2024-03']}"
    page = viewer.get(address)
    assert [line[-1] for line in lines(page)] == ["200.05", "100.00"]
    assert "2 lines, together $300.05; 1 of 0.00 not shown" in page.text
    assert lines(viewer.get(f"{address}?zero=y"))[0] == [
        "21 Mar 2024", "21 Mar 2024", "Charts M30", "shop", "Other Atlas Usage", "7 hour", "0.00", "0.00",
    ]  # fmt: skip


FILTERED = [
    ("service=Backup", ["100.00"]),
    ("from=2024-03-06", ["200.05"]),
    ("to=2024-03-05", ["100.00"]),
    ("from=2024-03-05&to=2024-03-05", ["100.00"]),
    ("from=2024-03-05&to=2024-03-20&sort=amount", ["100.00", "200.05"]),
    ("sort=-amount", ["200.05", "100.00"]),
    ("to=2024-03-04", []),
]


def test_usage_details_follow_the_filter_in_page_and_part(viewer, billed):
    for query, amounts in FILTERED:
        address = f"{LIST}/{billed.numbers['2024-03']}?{query}"
        part = viewer.part(address)
        assert [line[-1] for line in lines(viewer.get(address))] == amounts, query
        assert [words(row.select("td")[-1]) for row in part.soup.select("form ~ .table-box tbody tr")] == amounts
        assert not part.soup.find("h1")


def test_usage_details_of_one_project(app, world, viewer, billed):
    lab = world.projects["acme"][1]
    page = viewer.get(f"{LIST}/{billed.numbers['2024-03']}?project={lab.hex_id}")
    assert [line[3] for line in lines(page)] == ["lab"]
    assert viewer.get(f"{LIST}/{billed.numbers['2024-03']}?project=somebodys").status == 422


def test_the_chart_shows_one_service_alone(viewer, billed):
    page = viewer.get(f"{LIST}/{billed.numbers['2024-03']}?chart=Backup")
    chart = page.soup.find(id="usage-chart")
    assert chart
    assert [cell.get_text(strip=True) for cell in chart.select("tbody td")] == ["100.00"]
    assert [line[-1] for line in lines(page)] == ["200.05", "100.00"]


def test_a_service_that_the_month_does_not_have_leaves_the_chart_as_it_is(viewer, billed):
    page = viewer.get(f"{LIST}/{billed.numbers['2024-03']}?chart=Call+0900+555")
    assert "0900" not in page.text
    chart = page.soup.find(id="usage-chart")
    assert chart
    assert [cell.get_text(strip=True) for cell in chart.select("tbody td")] == ["100.00", "200.05"]


def test_a_payment_has_a_page_with_the_days_it_covered_and_htmx_its_part(viewer, billed):
    address = f"{LIST}/{billed.numbers['2024-03']}/payments/1"
    page = viewer.get(address)
    assert "20 Mar 2024 $200.05" in page.text
    assert "2 Jan 2024" not in page.text, "a day of another invoice's first payment"
    part = viewer.part(address)
    assert part.soup.find(id="payment-1-days")
    assert not part.soup.find("h1")
    assert viewer.get(f"{LIST}/{billed.numbers['2024-03']}/payments/9").status == 404


def test_what_was_cancelled_is_shown_and_adds_nothing_to_the_cost(app, world, visitor):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        customers.live_at(session, customer)
        customers.pay_by(session, customer, "card_ok", on=date(2024, 1, 1))
        customers.use(session, customer, date(2024, 1, 20), "10")
        (invoice,) = customers.close(session, customer, "2024-01")
        customers.go_elastic(session, customer, date(2024, 2, 10))
        number = invoice.number
    visitor.sign_in(OWNER)
    page = visitor.get(f"{LIST}/{number}")
    assert "Cancelled" in page.text
    figures = {words(label): words(label.find_next("dd")) for label in page.soup.select(".figures dt")}
    assert figures == {"Amount due": "$0.00", "Total usage cost": "$10.00"}


def test_an_invoice_without_usage_says_so(viewer, billed):
    page = viewer.get(f"{LIST}/{billed.numbers['2024-02']}")
    assert "Nothing was used, so nothing is billed." in page.text


def test_the_number_of_questions_does_not_grow_with_the_lines(app, world, viewer, billed):
    addresses = [BILLING, LIST, f"{LIST}/{billed.numbers['2024-01']}", f"{LIST}/pending"]
    before = [questions(app, viewer, address) for address in addresses]
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        for day in range(60):
            customers.use(session, customer, clock.today() - timedelta(days=day % 5), "1", sku=f"M{day}")
    # Four less where the usage of a closed invoice was drawn before.
    grown = [questions(app, viewer, address) - past for address, past in zip(addresses, before, strict=True)]
    assert grown == [0, 0, -4, 0]


def questions(app, viewer, address) -> int:
    with counted(app) as statements:
        assert viewer.client.get(address).status_code == 200
    assert len(statements) <= OVERVIEW_BUDGET
    return len(statements)


def test_the_overview_shows_the_pending_and_the_last_invoice_and_what_to_do(app, world, viewer, billed):
    with database.writing(app.extensions["database"]).begin() as session:
        customers.use(session, customer_of(session, world, "acme"), clock.today(), "12.34")
    page = viewer.get(BILLING, budget=OVERVIEW_BUDGET)
    assert "Net month-to-date amount" in page.text
    assert money(Money(1234, USD)) in page.text
    assert "April 2024 usage $40.01" in page.text
    assert "No payment method" in page.text
    attention = page.soup.find("section", attrs={"aria-labelledby": "attention"})
    assert attention
    assert [words(row) for row in attention.select("tbody th a")] == ["March 2024", "April 2024"]


def test_the_pending_invoice_has_the_shape_of_a_closed_one(app, world, viewer, billed):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        customers.use(session, customer, clock.today(), "12.34")
        customers.use(session, customer, clock.today() + timedelta(days=1), "99")
    page = viewer.get(f"{LIST}/pending", budget=OVERVIEW_BUDGET)
    assert page.h1.startswith("Pending invoice for ")
    assert [line[-1] for line in lines(page)] == ["12.34"]
    assert "$14.68" in page.text  # 12.34 and 19 % of it
    assert lines(viewer.get(f"{LIST}/pending?service=Clusters", budget=OVERVIEW_BUDGET)) == lines(page)


def test_a_new_organization_is_told_what_comes(world, visitor):
    visitor.sign_in(OWNER)
    assert "No month has been invoiced yet." in visitor.get(BILLING, budget=OVERVIEW_BUDGET).text
    assert "No invoice yet" in visitor.get(LIST).text
    assert "Nothing was used, so nothing is billed." in visitor.get(f"{LIST}/pending", budget=OVERVIEW_BUDGET).text


def test_a_member_is_refused_and_strangers_find_nothing(app, world, billed):
    address = f"{LIST}/{billed.numbers['2024-01']}"
    for email, status in ((MEMBER, 403), ("super_admin@borealis.example", 404)):
        visitor = Visitor(app)
        visitor.sign_in(email)
        for path in (BILLING, LIST, address, f"{LIST}/pending", f"{address}/payments/1"):
            assert visitor.get(path).status == status, (email, path)


def test_anothers_number_does_not_exist_under_ones_own_name(app, world, viewer, billed):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "borealis")
        (invoice,) = customers.close(session, customer, "2024-01")
        number = invoice.number
    assert viewer.get(f"{LIST}/{number}").status == 404
    assert viewer.get(f"{LIST}/{number}/payments/1").status == 404


@pytest.mark.parametrize("email", [OWNER, "org_billing_admin@acme.example", VIEWER])
def test_billing_stands_in_the_navigation_of_those_who_may_see_it(visitor, billed, email):
    visitor.sign_in(email)
    page = visitor.get("/orgs/acme/")
    assert page.click("Billing", budget=OVERVIEW_BUDGET).click("Invoices").h1 == "Invoices"
