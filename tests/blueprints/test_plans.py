"""The public page of plans of each vendor, and the way to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import catalogues
from portal.blueprints.plans.routes import has_demo_values
from portal.services import plan_comparison
from portal.services.plan_comparison import Table

DATABASES = ("sqlite",)

# What the vendors publish, and where they do not, the values agreed for the demo.
FIGURES = {
    "atlas": [
        "Developer", "$60.00 a month", "30-day free trial", "10 % of the month’s usage, at least $799.00",
        "within 15 minutes", "Accelerate", "$2,800.00", "for 8 units", "Flex Commitment",
    ],
    "aiven": [
        "4.5 % of the month’s usage, at least $500.00", "Comes with any paid service.", "Critical only",
        "within 12 hours, on business days", "Case by case: Ask Sales", "08:00 to 18:00 in Berlin",
    ],
    "neon": [
        "Comes with the Launch and Scale plans", "$19.00 a month", "$69.00 a month", "$700.00 a month",
        "Gold: < 1 hour, around the clock", "then $15.00 for 10 GiB", "then $0.16 for each hour", "then suspended",
        "99.95 %",
    ],
}  # fmt: skip


def cells(page, row):
    (found,) = [tr for tr in page.soup.select("tbody tr") if " ".join(tr.th.text.split()).startswith(row)]
    return [" ".join(td.text.split()) for td in found.find_all("td")]


@pytest.mark.parametrize("name", FIGURES)
def test_everybody_reads_what_a_vendor_sells(visitor, name):
    page = visitor.get(f"/plans/{name}")
    assert page.status == 200
    for figure in FIGURES[name]:
        assert figure in page.text, figure


def test_the_page_has_every_value_of_every_vendor(visitor):
    for vendor in plan_comparison.compare_all():
        page = visitor.get(f"/plans/{vendor.name}")
        assert page.h1 == f"{vendor.title} {vendor.support_plans_word}"
        for table in (vendor.channels, vendor.allowances):
            for row in table.rows:
                assert len(cells(page, row.name)) == len(table.columns), row.key


def test_the_four_kinds_of_cell_are_said_in_words(visitor):  # NE-2
    page = visitor.get("/plans/neon")
    assert cells(page, "Response SLAs") == [
        "–Not included", "–Not included", "–Not included: nothing is said of it", "Included",
    ]  # fmt: skip
    assert cells(page, "Video chat")[2:] == ["Case by case: On request in a ticket"] * 2


def test_a_made_up_value_is_marked_and_one_of_the_vendors_is_not(visitor):
    prices = cells(visitor.get("/plans/aiven"), "Price")
    assert ["demo value" in price for price in prices] == [False, False, False, True, True]


def test_only_a_page_with_made_up_values_says_what_the_mark_means(visitor):
    vendor = plan_comparison.compare(catalogues.load("aiven"))
    assert has_demo_values(vendor)
    assert "Made up for this demo" in visitor.get("/plans/aiven").text
    columns = tuple(replace(column, price=replace(column.price, is_demo=False)) for column in vendor.channels.columns)
    table = Table(columns, ())
    assert not has_demo_values(replace(vendor, channels=table, responses=table, allowances=Table((), ()), contacts={}))


def test_the_plans_lead_from_one_vendor_to_the_others(visitor):
    page = visitor.get("/plans").follow()
    links = [link["href"] for link in page.soup.select(".segments a")]
    assert links == [f"/plans/{name}" for name in catalogues.names()]
    (current,) = page.soup.select(".segments [aria-current]")
    assert visitor.get(links[1]).soup.select_one(".segments [aria-current]")["href"] == links[1]
    assert current["href"] == links[0]


@pytest.mark.parametrize("name", ["nobody", "tax", "seller", "calendars", "..", "Atlas"])
def test_a_vendor_that_there_is_not_has_no_page(visitor, name):
    assert visitor.get(f"/plans/{name}").status == 404


def test_the_first_page_leads_to_the_plans_and_to_the_sign_in(visitor):
    page = visitor.get("/")
    assert page.click("Compare plans").status == 303
    assert page.click("Neon support plans").h1 == "Neon support plans"
    assert visitor.get("/plans/neon").click("Sign in").h1 == "Sign in"


def test_who_is_signed_in_finds_the_way_back(visitor):
    visitor.sign_in("org_owner@acme.example")
    page = visitor.get("/plans/atlas")
    assert not [link for link in page.soup.select("a") if link.text == "Sign in"]
    assert page.click("Your organizations").h1 == "Your organizations"


@pytest.mark.parametrize("name", FIGURES)
def test_no_price_is_a_bare_number_with_a_code(visitor, name):
    assert "USD" not in visitor.get(f"/plans/{name}").text
