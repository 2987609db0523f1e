"""A billing viewer reads what there is to draw from, where a commitment will end, and why a month is billed so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import database
from portal.web.payment_asks import ASKED
from tests import customers
from tests.billed import OWNER, VIEWER, customer_of
from tests.committed import commit_with_credits, stay_in_april
from tests.contracts import activate, terms
from tests.journeys.test_axe import broken_rules, looks

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site, Walk

DATABASES = ("sqlite",)

BILLING = "/orgs/acme/billing"


@pytest.fixture
def february(site: Site, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the invoice that applied unused credits."""
    stay_in_april(monkeypatch)
    with database.writing(site.app.extensions["database"]).begin() as session:
        numbers = commit_with_credits(session, customer_of(session, site.world, "acme"))
    return f"{BILLING}/invoices/{numbers['2024-02']}"


def test_a_billing_viewer_reads_credits_contract_and_invoice(walk: Walk, february: str) -> None:
    page = walk.page
    walk.sign_in(VIEWER)
    walk.open(BILLING)
    table = page.locator("section[aria-labelledby=credits]")
    expect(table.locator("tr[data-state=upcoming] th").first).to_contain_text("Promotional credits")
    expect(table).to_contain_text("Elastic Billing Enabled")
    table.locator("summary", has_text="Monthly spending").click()
    expect(table.get_by_role("row", name="February 2024")).to_contain_text("1,300.00")
    table.get_by_text("History: 2 expired credits").click()
    expect(table.get_by_role("row", name="Promotional credits Expired")).to_contain_text("70.00")

    page.get_by_role("link", name="Subscriptions", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Subscriptions")
    expect(page.get_by_role("img", name="Usage against the commitment")).to_be_visible()
    page.get_by_text("Show the months").click()
    expect(page.get_by_role("row", name="December 2024")).to_contain_text("12,000.00")

    walk.open(february)
    page.get_by_text("View details").click()
    expect(page.get_by_text("The greater of both is charged.")).to_be_visible()
    assert not walk.complaints


def test_axe_finds_nothing_and_nothing_sticks_out(site: Site, browser: Browser, february: str) -> None:
    found = []
    for look, walk in looks(site, browser):
        walk.sign_in(VIEWER)
        for path in (BILLING, f"{BILLING}/subscriptions", february):
            walk.open(path)
            for summary in walk.page.locator("main .disclosure > summary").all():
                summary.click()
            found += [f"{look}, {path}: {finding}" for finding in broken_rules(walk)]
            walk.page.set_viewport_size({"width": 320, "height": 800})
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert walk.page.evaluate(wide) == 0, path
    assert not found, "\n".join(found)


def test_the_request_for_a_payment_method_stands_below_what_was_done(walk: Walk, site: Site) -> None:
    with database.writing(site.app.extensions["database"]).begin() as session:
        acme = customer_of(session, site.world, "acme")
        customers.live_at(session, acme, "DE", region="Berlin")
        activate(session, acme, terms("flex_commitment"))
    walk.sign_in(OWNER)
    walk.open(f"{BILLING}/profile")
    page = walk.page
    page.get_by_label("Company name").fill("Acme Nord")
    page.get_by_role("button", name="Save").click()
    notices = page.locator("#news .notice")
    expect(notices).to_have_count(2)
    expect(notices.last).to_have_text(ASKED)
