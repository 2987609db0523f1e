"""The activity feed in a browser: filtered in place, shared by its link."""

from __future__ import annotations

import pytest

from portal import database
from portal.domain.events import Event
from portal.services import history
from tests.members import AT

DATABASES = ("sqlite",)


@pytest.fixture
def feed(site, walk):
    with database.writing(site.app.extensions["database"]).begin() as session:
        for event in (Event.ORG_LOCKED, Event.TAX_ID_CHANGED):
            history.record(session, site.world.organizations["acme"], event, at=AT)
    walk.sign_in("org_owner@acme.example")
    walk.open("/orgs/acme/activity")
    return walk


def test_a_filter_changes_list_link_and_file_together(feed):
    page = feed.page
    page.get_by_label("Severity").select_option("Critical")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**severity=Critical**")
    page.get_by_role("link", name="Clear").wait_for()
    assert page.get_by_text("Organization locked", exact=False).locator("visible=true").count()
    assert not page.locator(".timeline").get_by_text("Tax id changed").count()
    assert "severity=Critical" in page.get_by_label("Link to what you see").input_value()
    name, content = feed.download("Download CSV")
    assert name == "activity-acme.csv"
    assert b"ORG_LOCKED" in content
    assert b"TAX_ID_CHANGED" not in content


@pytest.mark.parametrize("walk", ["with script"], indirect=True)
def test_the_link_is_copied(feed):
    page = feed.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("The link is copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Link to what you see").input_value()
