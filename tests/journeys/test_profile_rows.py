"""Every row of atlas 8.2 and 8.4 played on the billing profile in a browser, with scripts and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import database
from tests import customers
from tests.billed import OWNER, customer_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.conftest import Site, Walk

DATABASES = ("sqlite",)

PROFILE = "/orgs/acme/billing/profile"
ADDRESS, BOX = "ap@acme.example", "only_billing_email"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is entered: what it is kept as, or the words that refuse it."""

    field: str
    entered: str
    kept: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Country:
    """What the form looks like there, and what it takes."""

    name: str
    region_label: str
    regions: int | None
    postal_label: str
    asks_for_id: bool
    base: dict[str, str]
    rows: tuple[Row, ...]


EVERYWHERE = (
    Row("company", "", kept=""),
    Row("company", "Acme Nord", kept="Acme Nord"),
    Row("line1", "   ", refused="Enter the street address."),
    Row("line2", "", kept=""),
    Row("line2", "4th floor", kept="4th floor"),
    Row("city", " ", refused="Enter the city."),
    Row("billing_email", "ap@acme", refused="Enter an e-mail address like name@company.example."),
    Row("billing_email", ADDRESS, kept=ADDRESS),
    Row("billing_email", "", kept=""),
)
ANY_CODE = "Enter a postal code of 2 to 12 letters, digits, spaces and hyphens."
COUNTRIES = (
    Country(
        "Germany", "State/Province/Region", None, "Postal Code", True, {"region": "Berlin", "postal_code": "10119"},
        (
            *EVERYWHERE,
            Row("region", "  ", refused="Enter the state/province/region."),
            Row("region", "Anything at all", kept="Anything at all"),
            Row("postal_code", "1", refused=ANY_CODE),
            Row("postal_code", "1234567890123", refused=ANY_CODE),
            Row("postal_code", "sw1a 1aa", kept="SW1A 1AA"),
            Row("tax_id", "", kept=""),
            Row("tax_id", "DE136695975", kept="DE136695975"),  # Its check digit is wrong; it is kept and lifts nothing.
            Row("tax_id", "de 136 695 976", kept="DE136695976"),
        ),
    ),
    Country(
        "United States", "State", 51, "ZIP", False, {"region": "Texas", "postal_code": "78701"},
        (
            Row("region", "", refused="Choose a state."),
            Row("region", "District of Columbia", kept="District of Columbia"),
            Row("postal_code", "1234", refused="Enter a ZIP of five digits"),
            Row("postal_code", "12345-678", refused="Enter a ZIP of five digits"),
            Row("postal_code", "12345-6789", kept="12345-6789"),
            Row("postal_code", "12345", kept="12345"),
        ),
    ),
    Country(
        "Canada", "Province", 13, "Postal Code", True, {"region": "Ontario", "postal_code": "K1A 0B1"},
        (
            Row("region", "", refused="Choose a province."),
            Row("region", "Nunavut", kept="Nunavut"),
            Row("postal_code", "12345", refused="Enter a postal code such as A1A 1A1."),
            Row("postal_code", "k1a0b1", kept="K1A 0B1"),
        ),
    ),
)  # fmt: skip


@pytest.fixture
def form(walk: Walk, site: Site) -> Page:
    """The profile of an organization in Texas, open."""
    with database.writing(site.app.extensions["database"]).begin() as session:
        customers.live_at(session, customer_of(session, site.world, "acme"), "US", region="Texas")
    walk.sign_in(OWNER)
    walk.open(PROFILE)
    return walk.page


def test_every_row_of_the_address_is_as_it_is_written(form: Page) -> None:
    for country in COUNTRIES:
        choose(form, country)
        for name, text in country.base.items():
            enter(form, name, text)
        save(form)
        for row in country.rows:
            play(form, row, good=country.base.get(row.field, "Somewhere 1"))


def test_a_country_that_is_none_is_refused(form: Page) -> None:
    for entered in ("", "Atlantis"):
        play(form, Row("country", entered, refused="Choose a country from the list."), good="United States")


def test_what_the_united_states_do_not_ask_for_is_erased(form: Page) -> None:
    germany, states, _ = COUNTRIES
    for country in (germany, states, germany):
        choose(form, country)
        if country.asks_for_id:
            expect(form.locator("#tax_id")).to_have_value("")
            enter(form, "tax_id", "DE136695976")
        for name, text in country.base.items():
            enter(form, name, text)
        save(form)


def test_the_page_says_in_words_who_gets_the_mail(form: Page) -> None:
    roles = "1 Organization Owner and 1 Organization Billing Admin"
    for address, only, words in (
        ("", False, roles),
        ("", True, roles),
        (ADDRESS, False, f"{ADDRESS}, {roles}"),
        (ADDRESS, True, ADDRESS),
    ):
        enter(form, "billing_email", address)
        form.locator(f"#{BOX}").set_checked(only)
        save(form)
        expect(form.locator("#recipients strong")).to_have_text(words)
        form.reload()
        expect(form.locator("#recipients strong")).to_have_text(words)
        expect(form.locator(f"#{BOX}")).to_be_checked(checked=only)


def choose(page: Page, country: Country) -> None:
    """Go to a country, and look at the fields that follow it: another country begins without a region."""
    expect(page.locator("#countries option")).not_to_have_count(0)
    page.locator("#country").fill(country.name)
    update = page.get_by_role("button", name="Update for this country")
    if update.count():
        update.click()
    else:
        page.locator("#country").press("Tab")
    expect(page.locator("label[for=region]")).to_have_text(country.region_label)
    expect(page.locator("label[for=postal_code]")).to_have_text(country.postal_label)
    expect(page.locator("#region")).to_have_value("")
    expect(page.locator("#tax_id")).to_have_count(int(country.asks_for_id))
    listed = page.locator("select#region option:not([value=''])")
    expect(listed).to_have_count(country.regions or 0)


def play(page: Page, row: Row, *, good: str) -> None:
    """Enter one thing and save; what is refused is said beside its field, and put right again."""
    enter(page, row.field, row.entered)
    save(page)
    error = page.locator(f"#{row.field}-error")
    if row.refused is None:
        expect(error).to_have_count(0)
        expect(page.locator(f"#{row.field}")).to_have_value(row.kept or "")
        return
    expect(error).to_contain_text(row.refused)
    expect(page.locator(f"#{row.field}")).to_have_attribute("aria-invalid", "true")
    enter(page, row.field, good)


def enter(page: Page, field: str, text: str) -> None:
    """Type it, or choose it where there is a list."""
    control = page.locator(f"#{field}")
    if control.evaluate("control => control.tagName") == "SELECT":
        control.select_option(text)
    else:
        control.fill(text)


def save(page: Page) -> None:
    """Press the button, and wait until the form is another one: the page's, or the part's that htmx has swapped in."""
    page.locator("#profile form").evaluate("form => form.setAttribute('data-old', 'yes')")
    page.get_by_role("button", name="Save billing profile").last.click()
    expect(page.locator("#profile form:not([data-old])")).to_have_count(1)
