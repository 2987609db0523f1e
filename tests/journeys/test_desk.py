"""An agent and a customer talk about a case in two browsers, and a second agent sees that somebody is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal import database
from tests.journeys.conftest import Walk
from tests.worked import a_case_of, doing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

OWNER, AGENT, OTHER = "org_owner@acme.example", "support@portal.example", "other@portal.example"
# The pages look for news every ten and every fifteen seconds.
NEWS_MS = 30_000


@pytest.fixture
def others(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[list[Walk]]:
    """Browsers of two other people, with or without scripts as the first one's."""
    has_script = request.node.callspec.params["walk"] == "with script"
    contexts = [browser.new_context(java_script_enabled=has_script) for _ in range(2)]
    for context in contexts:
        context.set_default_timeout(10_000)
    yield [Walk(context.new_page(), site.address) for context in contexts]
    for context in contexts:
        context.close()


@pytest.fixture
def number(site: Site) -> int:
    """Of the customer's case; there is a second agent."""
    with database.writing(site.app.extensions["database"]).begin() as session:
        doing(session, OTHER, as_staff=True)
        return a_case_of(session, "acme").id


def test_an_agent_and_a_customer_talk(
    request: pytest.FixtureRequest, walk: Walk, others: list[Walk], number: int
) -> None:
    has_script = request.node.callspec.params["walk"] == "with script"
    (customer, other), agent = others, walk
    page, theirs = agent.page, customer.page

    agent.sign_in(AGENT)
    agent.open("/staff/cases")
    page.get_by_role("link", name="Nothing connects").click()
    customer.sign_in(OWNER)
    customer.open(f"/orgs/acme/support/cases/{number}")

    text = page.get_by_label("Text", exact=True)
    text.fill("Half a sentence")
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("button", name="Let go of it")).to_be_visible()
    if has_script:
        # What is being written stays while what stands beside the case is drawn anew.
        expect(text).to_have_value("Half a sentence")
        expect(page.get_by_text("took it")).to_be_visible()

    text.fill("Ask **Quirinal**.")
    page.get_by_label("Internal note").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("Quirinal")
    page.get_by_role("button", name="Add to the case").click()
    expect(page.get_by_text("The note is kept. No customer sees it.")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("We look into it.")
    page.get_by_role("button", name="Add to the case").click()
    expect(page.get_by_text("The reply is sent.")).to_be_visible()

    if not has_script:
        customer.open(f"/orgs/acme/support/cases/{number}")
    expect(theirs.get_by_text("We look into it.")).to_be_visible(timeout=NEWS_MS)
    expect(theirs.get_by_text("Quirinal")).to_have_count(0)
    theirs.locator("#text").fill("It is worse now.")
    theirs.locator("#reply button[data-kind=primary]").click()
    expect(theirs.locator(".thread").get_by_text("It is worse now.")).to_be_visible()

    if not has_script:
        agent.open(f"/staff/cases/{number}")
    expect(page.get_by_text("It is worse now.")).to_be_visible(timeout=NEWS_MS)
    page.get_by_text("Assess the severity").click()
    page.get_by_label("Severity", exact=True).select_option("1")
    page.get_by_role("button", name="Change the severity").click()
    expect(page.get_by_text("Explain the change to the customer.").first).to_be_visible()
    page.get_by_label("Explanation").fill("Nobody can sign in.")
    page.get_by_role("button", name="Change the severity").click()
    expect(page.get_by_text("The severity is changed; the customer reads why.")).to_be_visible()

    if has_script:
        other.sign_in(OTHER)
        other.open(f"/staff/cases/{number}")
        expect(other.page.get_by_text("Support has this case open too.")).to_be_visible(timeout=NEWS_MS)
    for one in (agent, customer, other):
        # The refused form is answered with 422, which the browser notes.
        assert [complaint for complaint in one.complaints if "422" not in complaint] == []
