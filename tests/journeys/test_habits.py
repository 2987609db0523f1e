"""The habits of the frame in a real browser: the keyboard's place, what is heard, what is busy, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import database
from tests.billed import OWNER, bill_acme
from tests.journeys.conftest import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Route

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

INVOICES = "/orgs/acme/billing/invoices"
COMPONENTS = "/staff/components"


@pytest.fixture
def walk(browser: Browser, site: Site) -> Iterator[Walk]:
    """A walk with script, in a portal with months to look at."""
    with database.writing(site.app.extensions["database"]).begin() as session:
        bill_acme(session, site.world)
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.address)
    context.close()


def test_a_filtered_list_says_its_new_count_and_back_is_where_the_keyboard_stood(walk: Walk) -> None:
    page = walk.page
    walk.sign_in(OWNER)
    walk.open(INVOICES)
    page.get_by_label("Status").select_option("Free")
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.locator("#news")).to_have_text("1 invoice")
    page.get_by_role("link", name="Usage", exact=True).press("Enter")
    expect(page.locator("th[aria-sort]")).to_have_text("Usage")
    page.go_back()
    expect(page.locator("th[aria-sort]")).not_to_have_text("Usage")
    expect(page.get_by_role("link", name="Usage", exact=True)).to_be_focused()
    page.go_back()
    expect(page.locator("#invoices tbody tr")).to_have_count(4)
    expect(page.get_by_role("button", name="Apply")).to_be_focused()
    assert walk.complaints == []


def test_an_error_of_a_part_is_an_alert_in_sight_and_goes_with_the_next_success(walk: Walk) -> None:
    page = walk.page
    walk.sign_in("support@portal.example")
    walk.open(COMPONENTS)
    page.route("**/components?page=2", _missing)
    page.get_by_role("link", name="Next", exact=True).click()
    alert = page.locator("#alert")
    expect(alert).to_contain_text("This page does not exist")
    expect(alert).to_be_in_viewport()
    expect(page.locator("h1")).to_have_text("Components")
    page.unroute_all()
    page.get_by_role("link", name="Project", exact=True).click()
    expect(page.locator("#example-list [aria-sort]")).to_have_attribute("aria-sort", "descending")
    expect(alert).to_be_empty()


def test_a_request_without_an_answer_says_so(walk: Walk) -> None:
    page = walk.page
    walk.sign_in("support@portal.example")
    walk.open(COMPONENTS)
    page.route("**/components?page=2", lambda route: route.abort())
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.locator("#alert")).to_contain_text("The portal could not be reached.")
    expect(page.locator("#alert")).to_be_in_viewport()


def test_a_button_is_busy_keeps_its_width_and_asks_once(walk: Walk) -> None:
    page, waiting = walk.page, list["Route"]()
    walk.sign_in("support@portal.example")
    walk.open(COMPONENTS)

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/staff/components", hold)
    button = page.locator("#example-try")
    width = button.evaluate("button => button.offsetWidth")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    button.click(force=True)
    assert button.evaluate("button => button.offsetWidth") == width
    assert len(waiting) == 1, "two clicks are one request"
    waiting[0].continue_()
    expect(page.locator("#example-form #error-summary")).to_be_focused()
    expect(button).not_to_have_attribute("aria-busy", "true")


def test_a_dialog_opens_over_its_page_and_gives_the_keyboard_back(walk: Walk) -> None:
    page = walk.page
    walk.sign_in("support@portal.example")
    walk.open(COMPONENTS)
    link = page.get_by_role("link", name="Apply a code")
    dialog = page.get_by_role("dialog", name="Apply a code")
    for leave in (lambda: page.keyboard.press("Escape"), dialog.get_by_text("Cancel").click):
        link.press("Enter")
        expect(dialog).to_be_visible()
        assert page.evaluate("document.activeElement.closest('dialog') !== null")
        leave()
        expect(dialog).to_be_hidden()
        expect(link).to_be_focused()
    assert page.url.endswith(COMPONENTS)
    assert walk.complaints == []


def _missing(route: Route) -> None:
    """What the portal answers for a part that is not there."""
    route.fulfill(response=route.fetch(url=route.request.url.replace("components?page=2", "nowhere")))
