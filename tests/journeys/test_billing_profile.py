"""An owner moves the company from the United States to Canada and to Germany, with scripts and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import database
from tests import customers
from tests.billed import OWNER, customer_of
from tests.journeys.conftest import Walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

PROFILE = "/orgs/acme/billing/profile"


@pytest.fixture
def texas(site: Site) -> None:
    with database.writing(site.app.extensions["database"]).begin() as session:
        customers.live_at(session, customer_of(session, site.world, "acme"), "US", region="Texas")


@pytest.fixture
def scripted(walk: Walk) -> bool:
    walk.open("/sign-in")
    return bool(walk.page.evaluate("typeof htmx !== 'undefined'"))


def choose_country(page: Page, name: str, *, scripted: bool) -> None:
    """Type a country, and let the form follow: by itself, or by the button that only stands there without scripts."""
    page.get_by_label("Country").fill(name)
    update = page.get_by_role("button", name="Update for this country")
    if scripted:
        expect(update).to_have_count(0)
        page.get_by_label("Country").press("Tab")
    else:
        update.click()


def test_the_fields_follow_the_country_and_what_is_saved_can_be_read_back(
    walk: Walk, texas: None, scripted: bool
) -> None:
    page = walk.page
    walk.sign_in(OWNER)
    walk.open("/orgs/acme/billing")
    page.get_by_role("link", name="Billing profile").first.click()
    expect(page.get_by_label("State")).to_have_value("Texas")
    expect(page.get_by_label("ZIP")).to_have_value("10119")
    expect(page.get_by_label("VAT/GST ID")).to_have_count(0)

    page.get_by_label("Company name").fill("Acme Nord")
    choose_country(page, "Canada", scripted=scripted)
    expect(page.get_by_label("Province")).to_have_value("")
    expect(page.get_by_label("Postal Code")).to_be_visible()
    expect(page.get_by_label("VAT/GST ID")).to_be_visible()
    expect(page.locator("#tax-outlook")).to_contain_text("The tax depends on the province")
    page.get_by_label("Province").select_option("British Columbia")
    page.get_by_label("Postal Code").fill("V6B 1A1")
    if scripted:
        expect(page.locator("#tax-outlook")).to_contain_text("GST of 5 % and PST of 7 % are charged")

    choose_country(page, "Germany", scripted=scripted)
    region = page.get_by_label("State/Province/Region")
    expect(region).to_have_value("")
    expect(page.get_by_label("Company name")).to_have_value("Acme Nord")
    region.fill("Berlin")
    page.get_by_label("Postal Code").fill("10119")
    page.get_by_label("VAT/GST ID").fill("DE136695975")
    page.get_by_role("textbox", name="Billing Email Address").fill("ap@acme.example")
    if scripted:
        expect(page.locator("#recipients strong")).to_have_text(
            "ap@acme.example, 1 Organization Owner and 1 Organization Billing Admin"
        )
        expect(page.locator("#tax-outlook")).to_contain_text("VAT of 19 % is then charged")
    page.get_by_label("Only send invoice emails").check()
    page.get_by_role("button", name="Save billing profile").click()
    expect(page.get_by_role("status")).to_contain_text("The billing profile is saved")
    expect(page.locator("#recipients strong")).to_have_text("ap@acme.example")
    if scripted:
        expect(page.get_by_role("button", name="Save billing profile")).to_be_focused()

    walk.open(PROFILE)
    expect(page.get_by_label("Country")).to_have_value("Germany")
    expect(page.get_by_label("State/Province/Region")).to_have_value("Berlin")
    expect(page.get_by_label("VAT/GST ID")).to_have_value("DE136695975")
    expect(page.locator("#tax-outlook")).to_contain_text("VAT of 19 % is then charged")
    expect(page.get_by_label("Only send invoice emails")).to_be_checked()
    assert walk.complaints == []


def test_enter_saves_and_a_refused_form_has_the_focus_on_what_is_wrong(walk: Walk, texas: None, scripted: bool) -> None:
    page = walk.page
    walk.sign_in(OWNER)
    walk.open(PROFILE)
    page.get_by_label("City").fill("")
    page.get_by_label("Street address").press("Enter")
    expect(page.get_by_role("group", name="There is 1 thing to correct")).to_be_focused()
    page.get_by_role("link", name="Enter the city.").click()
    expect(page.get_by_label("City")).to_be_focused()
    page.get_by_label("City").fill("Austin")
    page.get_by_label("City").press("Enter")
    expect(page.get_by_label("ZIP")).to_have_value("10119")
    expect(page.get_by_role("status")).to_contain_text("The billing profile is saved")
    assert [complaint for complaint in walk.complaints if "422" not in complaint] == []


def test_nobody_waits_for_an_answer_that_a_newer_one_replaces(browser: Browser, site: Site, texas: None) -> None:
    page, held = browser.new_page(), list["Route"]()
    walk = Walk(page, site.address)
    walk.sign_in(OWNER)
    walk.open(PROFILE)
    choose_country(page, "Germany", scripted=True)
    region, outlook = page.get_by_label("State/Province/Region"), page.locator("#tax-outlook")
    page.route(
        "**/profile/country?*", lambda route: route.continue_() if "136" in route.request.url else held.append(route)
    )
    with page.expect_event("requestfailed", lambda request: request == held[0].request):
        region.fill("Berlin")
        region.press("Tab")
        page.get_by_label("VAT/GST ID").fill("DE136695975")
        page.get_by_label("VAT/GST ID").press("Tab")
    expect(outlook).to_contain_text("is then charged")
    page.close()


def test_one_country_is_looked_up_among_the_taxes(walk: Walk, texas: None) -> None:
    page = walk.page
    walk.sign_in(OWNER)
    walk.open("/orgs/acme/billing/taxes")
    page.get_by_label("Country").fill("Canada")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#taxes tbody tr")).to_have_count(5)
    assert "country=Canada" in page.url
    assert walk.complaints == []
