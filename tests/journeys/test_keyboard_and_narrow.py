"""The frame in a real browser: the keyboard keeps its place when a part is replaced, and nothing sticks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import database
from tests.billed import OWNER, Billed, bill_acme
from tests.journeys.conftest import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

BILLING = "/orgs/acme/billing"
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def billed(site: Site) -> Billed:
    with database.writing(site.app.extensions["database"]).begin() as session:
        return bill_acme(session, site.world)


@pytest.fixture
def walk(browser: Browser, site: Site) -> Iterator[Walk]:
    """A walk with script."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.address)
    context.close()


def test_the_focus_stays_where_the_keyboard_was(walk: Walk, billed: Billed) -> None:
    page = walk.page
    walk.sign_in(OWNER)
    walk.open(f"{BILLING}/invoices")
    for name, role in (("Apply", "button"), ("Usage", "link")):
        with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
            page.get_by_role(role, name=name).press("Enter")  # type: ignore[arg-type]  # both are roles
        expect(page.get_by_role(role, name=name)).to_be_focused()  # type: ignore[arg-type]
    walk.open(f"{BILLING}/invoices/{billed.numbers['2024-03']}")
    for name in ("Apply", "Show"):
        with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
            page.get_by_role("button", name=name, exact=True).press("Enter")
        expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()
    page.get_by_text("View the figures").first.click()
    page.get_by_role("link", name="Show the days it covered").first.press("Enter")
    expect(page.locator("#payment-1-days")).to_be_focused()
    assert walk.complaints == []


def test_no_text_sticks_out_and_the_breadcrumb_is_one_line(walk: Walk, billed: Billed) -> None:
    page = walk.page
    walk.sign_in(OWNER)
    number = billed.numbers["2024-03"]
    for size in (NARROW, {"width": 320, "height": 640}, {"width": 1440, "height": 900}):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a mapping of both
        for path in ("/orgs/acme/", BILLING, f"{BILLING}/invoices", f"{BILLING}/invoices/{number}/payments/1"):
            walk.open(path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0, (path, size)
            assert height(page, ".crumbs ol") < 30, (path, size)
            for figure in page.locator(".figures .figure").all():
                assert figure.evaluate("part => part.scrollWidth <= part.clientWidth"), (path, size)


def height(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box
    return box["height"]
