"""Dialogs in a real browser: what goes wrong while one is open is seen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.journeys.conftest import Walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

COMPONENTS = "/staff/components"


def test_an_error_behind_a_dialog_is_shown_in_it(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    walk = Walk(page, site.address)
    walk.sign_in("support@portal.example")
    walk.open(COMPONENTS)
    page.route("**/components/dialog", lambda route: route.fulfill(response=route.fetch(url=f"{walk.address}/nowhere")))
    # A form in a dialog that htmx sends; no page has one yet.
    page.evaluate("""() => {
        const form = document.querySelector("#apply form[action]");
        form.setAttribute("data-hx-post", form.action);
        htmx.process(form);
    }""")
    link, dialog = page.get_by_role("link", name="Apply a code"), page.get_by_role("dialog", name="Apply a code")
    link.click()
    dialog.get_by_role("button", name="Apply code").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This page does not exist")
    expect(dialog.get_by_role("alert")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".regions > #alert")).to_be_empty()
    page.close()
