"""A contract is sold, its code read from the mailbox and applied, in real browsers, with script and without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from invoices.archive import Archive
from portal import clock, database
from portal.gateways.files import open_store
from portal.jobs import mail
from portal.jobs.mailbox import MailboxGateway
from tests.blueprints.test_apply_code import customer_of
from tests.journeys.conftest import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)


@pytest.fixture
def seller(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Walk]:
    """Another browser, of sales, with or without scripts as the customer's."""
    context = browser.new_context(java_script_enabled=request.node.callspec.params["walk"] == "with script")
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.address)
    context.close()


def test_a_code_is_sold_read_from_the_mailbox_and_applied(walk: Walk, seller: Walk, site: Site, tmp_path: Path) -> None:
    with database.writing(site.app.extensions["database"]).begin() as session:
        customer_of(session, site.world)
    sell_a_monthly_commitment(seller, site)
    deliver(site, tmp_path)
    code = code_in_mailbox(seller)
    walk.sign_in("org_billing_admin@acme.example")
    walk.open("/orgs/acme/billing")
    page = walk.page
    page.get_by_role("main").get_by_role("link", name="Apply code").click()
    page.get_by_role("textbox", name="Activation code").fill(f" {code.lower()} ")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Activate Monthly Commitment")).to_be_visible()
    expect(page.get_by_text("$12,000.00")).to_be_visible()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("Monthly Commitment is activated.")).to_be_visible()
    walk.open("/orgs/acme/billing/apply-code")
    page.get_by_role("textbox", name="Activation code").fill(code)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#code-error")).to_contain_text("This code cannot be applied here.")
    assert [one for one in walk.complaints + seller.complaints if "422" not in one] == []


def sell_a_monthly_commitment(seller: Walk, site: Site) -> None:
    """By the form; what means nothing for the type goes out of sight when it is chosen."""
    seller.sign_in("sales@portal.example")
    seller.open(f"/staff/organizations/{site.world.organizations['acme'].hex_id}/sell")
    page = seller.page
    expect(page.locator("#marketplace")).to_be_visible()
    page.get_by_label("Monthly Commitment", exact=True).check()
    expect(page.locator("#marketplace")).to_be_hidden()
    page.get_by_label("Commitment, US dollars").fill("12,000.00")
    page.get_by_label("Term, months").fill("12")
    page.get_by_label("Billing contact").fill("ap@acme.example")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", name="What is invoiced and when")).to_be_visible()
    page.get_by_role("button", name="Issue and mail the code").click()
    expect(page.get_by_text("The code is on its way to ap@acme.example.")).to_be_visible()


def deliver(site: Site, tmp_path: Path) -> None:
    """Send what is due, as a worker of the demo does."""
    open_session = database.writing(site.app.extensions["database"])
    gateway = MailboxGateway(open_session, clock.now)
    mail.send(open_session, gateway, archive=Archive(open_store(tmp_path / "files")), now=clock.now)


def code_in_mailbox(seller: Walk) -> str:
    """The code as it is read on the page of the mailbox."""
    seller.open("/staff/mailbox")
    seller.page.get_by_role("link", name=re.compile("Activation code for Acme")).first.click()
    expect(seller.page.get_by_role("heading", level=1)).to_have_text("Activation code for Acme")
    found = re.search(r"\b(\w{5}-\w{5}-\w{5}-\w{5})\b", seller.page.get_by_role("main").inner_text())
    assert found
    return found[1]
