"""A critical case: with impact, two files and two people on CC; answered, its severity changed, solved and reopened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal.models.cases import Case
from portal.services import case_severities, conversations
from tests.blueprints.casework import STAFF, does, lets_open_cases, writing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.conftest import Site, Walk

DATABASES = ("sqlite",)


@pytest.fixture
def two_files(tmp_path: Path) -> list[Path]:
    """A log, and a picture of one pixel."""
    log, picture = tmp_path / "replica.log", tmp_path / "lag.png"
    log.write_text("lag 00:11:42\n")
    picture.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
            "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
        )
    )
    return [log, picture]


def test_a_critical_case_is_opened_answered_and_reopened(
    request: pytest.FixtureRequest, walk: Walk, site: Site, two_files: list[Path]
) -> None:
    has_script = request.node.callspec.params["walk"] == "with script"
    lets_open_cases(site.app, site.world)
    page = walk.page
    if has_script:
        page.clock.install()
    walk.sign_in("admin@cobalt.example")
    walk.open("/orgs/cobalt/support/cases/new")
    page.get_by_label("Subject").fill("The shop is down")
    expect(page.get_by_label("Business impact")).to_be_hidden()
    page.get_by_label("Severity 1 (Critical)").check()
    page.get_by_label("Business impact").fill("Bad")
    page.get_by_label("Description").fill("Since noon, **everywhere**.")
    page.get_by_label("CC").fill("oncall@cobalt.example nobody@nowhere.example")
    page.get_by_label("Attachments").set_input_files(two_files)
    if has_script:
        expect(page.get_by_text("lag.png").first).to_be_visible()
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_text("Business impact takes at least 30 characters").first).to_be_visible()
    expect(page.get_by_text("replica.log").first).to_be_visible()
    page.get_by_label("Business impact").fill("Nobody in any country can buy anything in the shop.")
    page.get_by_role("button", name="Create ticket").click()
    expect(page.get_by_role("heading", name="The shop is down")).to_be_visible()
    number = int(page.url.rpartition("/")[2])
    for words in (
        "everywhere",
        "replica.log",
        "lag.png",
        "put on CC: oncall@cobalt.example and nobody@nowhere.example",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_text(re.compile("First response by .*, in 59 min, around the clock"))).to_be_visible()

    page.get_by_label("Your comment").fill("A *draft*")
    with writing(site.app) as session:
        case, agent = session.get_one(Case, number), does(session, STAFF, as_staff=True)
        conversations.comment(session, case, "Which region?", agent)
        case_severities.assess(session, case, "2", "One of two regions works.", agent)
    if has_script:
        with page.expect_response(re.compile("/draft$")):
            page.get_by_label("Your comment").press("End")
            page.clock.fast_forward(3_000)
        page.clock.fast_forward(10_000)
    else:
        page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Which region?")).to_be_visible()
    expect(page.get_by_text("Answered in time")).to_be_visible()
    expect(page.locator("#case-status").get_by_text("Severity 2 (High)")).to_be_visible()
    expect(page.get_by_label("Your comment")).to_have_value("A *draft*")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview em")).to_have_text("draft")
    page.get_by_role("button", name="Add a reply").click()
    expect(page.get_by_text("Your comment is added.")).to_be_visible()
    expect(page.get_by_label("Your comment")).to_have_value("")

    page.get_by_role("button", name="It is solved").click()
    expect(page.get_by_text("It is marked as solved.")).to_be_visible()
    page.get_by_label("Your comment").fill("It is back.")
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator("#case-status").get_by_text("Open", exact=True)).to_be_visible()
    # The browser notes the answer to the refused form itself.
    assert [one for one in walk.complaints if "422" not in one] == []
