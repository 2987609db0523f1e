"""A customer and an agent talk, each in a browser of their own; nobody loads a page again."""

from __future__ import annotations

import pytest

from portal import catalogues
from portal.services.resources import Library
from tests.journeys.conftest import Walk

DATABASES = ("sqlite",)
pytestmark = pytest.mark.parametrize("walk", ["with script"], indirect=True)


@pytest.fixture
def agent(browser, site):
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.address)
    context.close()


def write(walk, text):
    walk.page.get_by_label("Message", exact=True).fill(text)
    walk.page.get_by_role("button", name="Send").click()


def test_a_customer_and_an_agent_talk_beside_the_page_without_loading_it_again(walk, agent):
    walk.sign_in("org_owner@acme.example")
    walk.open("/orgs/acme/projects")
    page = walk.page
    page.get_by_role("link", name="In-app chat").click()
    page.locator("#chat textarea:focus").wait_for()
    write(walk, "My application cannot connect.")
    page.get_by_role("log").get_by_text("My application cannot connect.").wait_for()
    assert page.locator("#chat textarea:focus").input_value() == ""
    loads = []
    page.on("load", lambda: loads.append(page.url))

    agent.sign_in("support@portal.example")
    agent.open("/staff/chats")
    agent.page.get_by_role("link", name="My application cannot connect.").click()
    write(agent, "Since when?")

    first = page.locator("#chat-log li").first.element_handle()
    page.get_by_label("Message", exact=True).fill("Since n")
    page.get_by_role("log").get_by_text("Since when?").wait_for()
    # What was there stays the same node, so that only what is new is read out; what was typed stays too.
    assert first.evaluate("node => node.isConnected")
    assert page.get_by_label("Message", exact=True).input_value() == "Since n"
    write(walk, "Since noon.")
    agent.page.get_by_role("log").get_by_text("Since noon.").wait_for()

    page.keyboard.press("Escape")
    assert not page.locator("#chat-panel").is_visible()
    assert page.locator("#chat-icon:focus").count()
    page.get_by_role("link", name="In-app chat").click()
    page.get_by_role("log").get_by_text("Since noon.").wait_for()
    assert not loads
    assert not walk.complaints
    assert not agent.complaints


def test_the_portal_answers_at_once_with_its_source(walk, site, tmp_path):
    (tmp_path / "zebra.md").write_text("# Zebra mode\n\nTo enable it, set `stripes` to 7.\n")
    site.app.extensions["library"] = Library(tmp_path)
    walk.sign_in("admin@cobalt.example")
    walk.open("/orgs/cobalt/")
    walk.page.get_by_role("link", name=catalogues.load("neon").channels["ai_chat"].name).click()
    write(walk, "How do I enable zebra mode?")
    walk.page.get_by_role("log").get_by_text("stripes").wait_for()
    walk.page.get_by_role("link", name="Zebra mode").click()
    walk.page.get_by_role("heading", name="Zebra mode", level=1).wait_for()
    assert not walk.complaints
