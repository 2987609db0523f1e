"""The usage chart in a real browser: it switches in place, keeps focus and address, and fits the smallest screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from portal import clock, database
from tests import customers
from tests.billed import OWNER, bill_acme
from tests.journeys.conftest import Walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

BILLING = "/orgs/acme/billing"


def use_something_today(site: Site) -> None:
    with database.writing(site.app.extensions["database"]).begin() as session:
        billed = bill_acme(session, site.world)
        customers.use(session, billed.customer, clock.today(), "12.34")


def test_the_chart_switches_to_projects_and_back(walk: Walk, site: Site) -> None:
    use_something_today(site)
    walk.sign_in(OWNER)
    walk.open(BILLING)
    page = walk.page
    legend = page.locator("#usage-months .legend")
    expect(legend).to_contain_text("Clusters $12.34")
    page.get_by_role("link", name="By project").press("Enter")
    expect(legend).to_contain_text("shop $12.34")
    expect(page).to_have_url(f"{walk.address}{BILLING}?by=project")
    expect(page.get_by_role("link", name="By project")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(legend).to_contain_text("Clusters $12.34")
    assert not walk.complaints


def test_nothing_sticks_out_at_320_pixels_with_all_numbers_open(walk: Walk, site: Site) -> None:
    use_something_today(site)
    walk.page.set_viewport_size({"width": 320, "height": 800})
    walk.sign_in(OWNER)
    for path in (BILLING, "/orgs/acme/", "/"):
        walk.open(path)
        for summary in walk.page.locator("main .disclosure > summary").all():
            summary.click()
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert walk.page.evaluate(wide) == 0, path
    assert not walk.complaints


def test_a_column_says_what_it_comes_to_under_the_pointer(walk: Walk, site: Site) -> None:
    use_something_today(site)
    walk.sign_in(OWNER)
    walk.open(BILLING)
    tip = walk.page.locator(".tip:visible")
    for width in (1440, 390):
        walk.page.set_viewport_size({"width": width, "height": 900})
        expect(tip).to_have_count(0)
        walk.page.locator(".chart-tips > li").last.hover()
        expect(tip).to_contain_text("Clusters$12.34")
        assert walk.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
        walk.page.get_by_role("heading", level=1).hover()
    assert not walk.complaints


def test_escape_hides_what_a_column_says_until_the_pointer_comes_again(browser: Browser, site: Site) -> None:
    use_something_today(site)
    walk = Walk(browser.new_page(), site.address)
    walk.sign_in(OWNER)
    walk.open(BILLING)
    running, tip = walk.page.locator(".chart-tips > li").last, walk.page.locator(".tip:visible")
    running.hover()
    expect(tip).to_have_count(1)
    walk.page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    walk.page.get_by_role("heading", level=1).hover()
    running.hover()
    expect(tip).to_have_count(1)
    walk.page.close()
