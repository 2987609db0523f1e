"""A trial is started, cancelled and read of again in a real browser, with script and without."""

from __future__ import annotations

DATABASES = ("sqlite",)


def test_a_trial_is_started_and_cancelled(walk):
    page = walk.page
    page.set_viewport_size({"width": 390, "height": 800})
    walk.sign_in("org_owner@acme.example")
    page.get_by_role("link", name="Acme").first.wait_for()
    walk.open("/orgs/acme/support")
    page.get_by_role("link", name="Change support plan").click()
    page.get_by_role("link", name="Start 30 Day Free Trial").click()
    page.get_by_text("Whoever cancels by then pays nothing.").wait_for()
    page.get_by_role("button", name="Confirm and Start Using Support").click()
    page.get_by_text("Developer has begun.").wait_for()
    page.get_by_role("link", name="Change support plan").click()
    page.get_by_role("link", name="Change to Basic").click()
    page.get_by_role("heading", name="Cancel Developer").wait_for()
    page.get_by_role("button", name="Cancel Developer").click()
    page.get_by_role("heading", name="Basic", exact=True).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert walk.complaints == []
