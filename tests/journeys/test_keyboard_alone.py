"""From the sign-in to an invoice's PDF without a mouse: on a wide window, and on the same one at 400 %."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import catalogues, database
from portal.models.organizations import Organization
from portal.services import organizations, people
from tests.billed import OWNER, bill_acme, make_documents
from tests.journeys.conftest import Walk
from tests.journeys.keyboard import tab_to
from tests.pages import PASSWORD
from tests.world import AT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

# A window of 1280 × 1024 pixels, as it is and at 400 %.
WINDOWS = {"100 %": (1280, 1024, 1), "400 %": (320, 256, 4)}


@pytest.fixture(params=WINDOWS)
def walk(request, browser: Browser, site: Site) -> Iterator[Walk]:
    """Acme's owner is a super admin of Borealis too, and Acme has months."""
    with database.writing(site.app.extensions["database"]).begin() as session:
        bill_acme(session, site.world)
        owner = people.find_user(session, site.world.person(OWNER).user_id)
        borealis = session.get(Organization, site.world.organizations["borealis"].id)
        assert owner
        assert borealis
        roles = catalogues.load("aiven").roles
        organizations.add_member(session, borealis, owner, roles=roles, at=AT, organization_roles=["super_admin"])
    make_documents(site.app)
    width, height, scale = WINDOWS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, accept_downloads=True
    )
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.address)
    context.close()


def test_an_invoice_is_found_and_downloaded_without_a_mouse(walk: Walk) -> None:
    page = walk.page
    walk.open("/sign-in")
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type(OWNER)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your organizations")
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Borealis"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/orgs/borealis/")

    open_sidebar(walk)
    tab_to(page, page.locator("summary", has_text="Switch organization"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".switch").get_by_role("link", name="Acme"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/orgs/acme/")
    open_sidebar(walk)
    tab_to(page, page.locator(".nav").get_by_role("link", name="Billing", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/billing")
    open_sidebar(walk)
    tab_to(page, page.locator(".nav").get_by_role("link", name="Invoices", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/billing/invoices")

    tab_to(page, page.get_by_label("Status"))
    page.keyboard.type("Successful")
    tab_to(page, page.get_by_role("button", name="Apply"))
    page.keyboard.press("Enter")
    expect(page.locator("#invoices tbody tr")).to_have_count(1)
    tab_to(page, page.locator("#invoices tbody").get_by_role("link", name="January 2024"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoice for January 2024")
    tab_to(page, page.get_by_role("link", name="Download PDF"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".pdf")
    assert walk.complaints == []


def open_sidebar(walk: Walk) -> None:
    """Where there is no room for the sidebar, a button opens it."""
    menu = walk.page.get_by_role("button", name="Menu")
    if menu.is_visible():
        tab_to(walk.page, menu)
        walk.page.keyboard.press("Enter")
