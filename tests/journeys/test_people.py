"""An owner runs an organization by the keyboard alone: invites, gives a project, reads the feed, removes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from invoices.archive import Archive
from portal import clock, database
from portal.gateways.files import open_store
from portal.jobs import mail
from portal.jobs.mailbox import MailboxGateway
from tests.journeys.conftest import Walk
from tests.journeys.keyboard import tab_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from tests.journeys.conftest import Site

DATABASES = ("sqlite",)

OWNER, STAFF = "org_owner@acme.example", "support@portal.example"
BEA, PASSWORD = "bea@new.example", "brisk otter lamp"


@pytest.fixture
def others(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[list[Walk]]:
    """Browsers of two other people, with or without scripts as the owner's."""
    has_script = request.node.callspec.params["walk"] == "with script"
    contexts = [browser.new_context(java_script_enabled=has_script) for _ in range(2)]
    for context in contexts:
        context.set_default_timeout(10_000)
    yield [Walk(context.new_page(), site.address) for context in contexts]
    for context in contexts:
        context.close()


def test_a_billing_admin_is_invited_made_project_owner_and_removed(
    walk: Walk, others: list[Walk], site: Site, tmp_path: Path
) -> None:
    staff, bea = others
    walk.sign_in(OWNER)
    page = walk.page
    walk.open("/orgs/acme/")
    press(page, page.get_by_role("link", name="People", exact=True))
    press(page, page.get_by_role("link", name="Invite people"))
    tab_to(page, page.get_by_label("E-mail addresses"))
    page.keyboard.type(BEA)
    tab_to(page, page.get_by_label("Organization Billing Admin"))
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Send invitations"))
    expect(page.get_by_text(f"{BEA} is invited.")).to_be_visible()

    deliver(site, tmp_path)
    accept(bea, link_in_mailbox(staff))

    walk.open("/orgs/acme/people?q=bea@")
    press(page, page.get_by_role("link", name="Bea Beck"))
    press(page, page.get_by_role("button", name="Choose roles"))
    tab_to(page, page.get_by_label("Project Owner"))
    page.keyboard.press("Space")
    show = page.get_by_role("button", name="Show what changes")
    if show.count():
        press(page, show)
    expect(page.get_by_text("manage who is in projects, in lab")).to_be_visible()
    press(page, page.get_by_role("button", name="Change roles"))
    expect(page.get_by_text("The roles of Bea Beck are changed.")).to_be_visible()

    walk.open("/orgs/acme/activity")
    expect(page.get_by_text(re.compile("Bea Beck .* is now .*Project Owner in lab")).first).to_be_visible()

    walk.open("/orgs/acme/people?q=bea@")
    press(page, page.get_by_role("link", name="Bea Beck"))
    press(page, page.get_by_role("link", name="Remove from Acme"))
    press(page, page.get_by_role("button", name="Remove Bea Beck"))
    expect(page.get_by_text("Bea Beck is removed from Acme.")).to_be_visible()

    bea.page.get_by_role("link", name="Billing", exact=True).first.click()
    expect(bea.page.get_by_role("heading", level=1)).to_have_text("You have no access here any more")
    assert not walk.complaints


def press(page: Page, wanted: Locator) -> None:
    """Go there by the tab key, and press Enter."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")


def deliver(site: Site, folder: Path) -> None:
    """What the worker does with mail."""
    open_session = database.writing(site.app.extensions["database"])
    mail.send(open_session, MailboxGateway(open_session, clock.now), archive=Archive(open_store(folder)), now=clock.now)


def link_in_mailbox(staff: Walk) -> str:
    """The path of the link in the mail, as it is read on the page of the mailbox."""
    staff.sign_in(STAFF)
    staff.open("/staff/mailbox")
    staff.page.get_by_role("link", name="invites you to Acme").first.click()
    found = re.search(r"(/invitations/\S+)", staff.page.locator("main").inner_text())
    assert found
    return found[1]


def accept(bea: Walk, link: str) -> None:
    """The one who was invited makes an account, and is in the organization."""
    bea.open(link)
    expect(bea.page.get_by_role("heading", level=1)).to_have_text("Join Acme")
    bea.page.get_by_label("Your name").fill("Bea Beck")
    bea.page.get_by_label("New password").fill(PASSWORD)
    bea.page.get_by_role("button", name="Make an account and join").click()
    expect(bea.page.get_by_text("Welcome to Acme.")).to_be_visible()
