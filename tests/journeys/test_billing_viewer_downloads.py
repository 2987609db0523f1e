"""A billing viewer fetches both PDFs of a month, reads why a payment is what it is, and looks for one service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import database
from tests.billed import VIEWER, Billed, bill_acme, make_documents

if TYPE_CHECKING:
    from tests.journeys.conftest import Site, Walk


@pytest.fixture
def billed(site: Site) -> Billed:
    with database.writing(site.app.extensions["database"]).begin() as session:
        billed = bill_acme(session, site.world)
    make_documents(site.app)
    return billed


def test_a_billing_viewer_downloads_and_understands_a_month(walk: Walk, billed: Billed) -> None:
    page, number = walk.page, billed.numbers["2024-03"]
    walk.sign_in(VIEWER)
    walk.open("/orgs/acme/billing")
    page.get_by_role("link", name="Invoices", exact=True).click()
    page.get_by_role("link", name="March 2024", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoice for March 2024")

    name, pdf = walk.download("Download PDF")
    assert (name, pdf[:5]) == (f"{number}.pdf", b"%PDF-")
    name, pdf = walk.download("Tax invoice TI-")
    assert (name[:3], pdf[:5]) == ("TI-", b"%PDF-")

    page.get_by_text("View the figures").first.click()
    expect(page.get_by_text("$200.05 × €0.915 per $1")).to_be_visible()
    page.get_by_role("link", name="Show the days it covered").first.click()
    expect(page.get_by_text("20 Mar 2024").first).to_be_visible()
    expect(page.get_by_text("Together $200.05.")).to_be_visible()

    walk.open(f"/orgs/acme/billing/invoices/{number}")
    page.evaluate("document.body.dataset.same = 'yes'") if has_script(walk) else None
    page.get_by_label("Service", exact=True).select_option("Backup")
    page.get_by_role("button", name="Apply").click()
    details = page.locator("#usage-details")
    expect(details.locator("tbody tr")).to_have_count(1)
    expect(details.locator("tbody tr")).to_contain_text("100.00")
    assert "service=Backup" in page.url

    page.get_by_label("Service in the chart").select_option("Clusters")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#usage-chart .legend li")).to_have_count(1)
    expect(page.locator("#usage-chart .legend")).to_contain_text("$200.05")
    expect(details.locator("tbody tr")).to_contain_text("100.00")
    if has_script(walk):
        assert page.evaluate("document.body.dataset.same") == "yes", "htmx swapped parts, and the page stayed"
        page.go_back()
        expect(page.locator("#usage-chart .legend li")).to_have_count(2)
    assert walk.complaints == []


def test_the_list_is_filtered_sorted_and_corrected_in_place(walk: Walk, billed: Billed) -> None:
    page = walk.page
    walk.sign_in(VIEWER)
    walk.open("/orgs/acme/billing/invoices")
    page.get_by_label("Status").select_option("Successful")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#invoices tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Usage", exact=True).click()
    expect(page.locator("th[aria-sort]")).to_have_text("Usage")
    assert "status=successful" in page.url
    page.get_by_label("From").fill("2024-03-01")
    page.get_by_label("To", exact=True).fill("2024-02-01")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("group", name="There is 1 thing to correct")).to_be_focused()
    expect(page.get_by_label("To", exact=True)).to_have_value("2024-02-01")
    page.get_by_label("To", exact=True).fill("")
    page.get_by_label("Status").select_option("All")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#invoices tbody tr")).to_have_count(2)
    # A browser notes every answer of 400 and above; the correction is one.
    assert [complaint for complaint in walk.complaints if "422" not in complaint] == []


def has_script(walk: Walk) -> bool:
    return bool(walk.page.evaluate("typeof htmx !== 'undefined'"))
