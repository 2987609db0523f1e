"""Staff: the account team of an organization, and who of it is kept from support."""

from __future__ import annotations

import pytest

from tests.pages import Visitor

DATABASES = ("sqlite",)

AGENT, SALES = "support@portal.example", "sales@portal.example"


def desk(app, world, email=AGENT):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor.get(f"/staff/organizations/{world.organizations['acme'].hex_id}/support")


def support_page(app, email="org_owner@acme.example"):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor.get("/orgs/acme/support")


def test_staff_put_somebody_into_the_team_and_take_them_out(app, world):
    page = desk(app, world, SALES)
    team = f"/staff/organizations/{world.organizations['acme'].hex_id}/support/team"
    answer = page.submit(team, **{"team-name": "Ida", "team-works_as": "Sales", "team-email": "ida@portal.example"})
    assert "Ida is in the account team." in answer.follow().text
    assert "ida@portal.example" in support_page(app).text
    page = desk(app, world, SALES)
    removal = page.soup.find("form", action=lambda action: action and action.endswith("/removal"))["action"]
    assert "Ida is no longer in the account team." in page.submit(removal).follow().text
    assert "ida@portal.example" not in support_page(app).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"team-name": "", "team-works_as": "Sales", "team-email": "ida@portal.example"}, "Name: Enter the name."),
        ({"team-name": "Ida", "team-works_as": "Sales", "team-email": "ida"}, "Enter an e-mail address like"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(app, world, fields, said):
    team = f"/staff/organizations/{world.organizations['acme'].hex_id}/support/team"
    answer = desk(app, world).submit(team, **fields)
    assert answer.status == 422
    assert said in answer.text
    assert answer.soup.find("input", attrs={"name": "team-email"})["value"] == fields["team-email"]


def test_support_ends_for_one_person_and_is_given_again(app, world):
    """NE-16."""
    blocks = f"/staff/organizations/{world.organizations['acme'].hex_id}/support/blocks"
    fields = {"block-email": "ORG_member@acme.example", "block-reason": "Insults in three cases."}
    desk(app, world).submit(blocks, **fields)
    assert "Insults in three cases." in support_page(app, "org_member@acme.example").text
    assert "You get no support" not in support_page(app).text
    page = desk(app, world)
    lifting = page.soup.find("form", action=lambda action: action and action.endswith("/lifting"))["action"]
    refused = page.submit(lifting, **{"lift-because": "fine"})
    assert refused.status == 422
    assert "at least 10 characters" in refused.text
    assert "Support is given again." in refused.submit(lifting, **{"lift-because": "They apologised."}).follow().text
    assert "You get no support" not in support_page(app, "org_member@acme.example").text


@pytest.mark.parametrize(
    ("email", "reason", "said"),
    [
        ("stranger@acme.example", "Insults in three cases.", "Nobody has the address stranger@acme.example."),
        ("admin@cobalt.example", "Insults in three cases.", "does not belong to Acme."),
        ("", "rude", "at least 10 characters"),
    ],
)
def test_whom_it_cannot_be_about_is_refused_in_words(app, world, email, reason, said):
    blocks = f"/staff/organizations/{world.organizations['acme'].hex_id}/support/blocks"
    answer = desk(app, world).submit(blocks, **{"block-email": email, "block-reason": reason})
    assert answer.status == 422
    assert said in answer.text
    assert "You get no support" not in support_page(app).text


def test_only_support_ends_support(app, world):
    assert desk(app, world, SALES).soup.find("form", attrs={"aria-label": "End support"}) is None
    path = f"/staff/organizations/{world.organizations['acme'].hex_id}/support"
    token = desk(app, world).soup.find("input", attrs={"name": "csrf_token"})["value"]
    visitor = Visitor(app)
    visitor.sign_in(SALES)
    assert visitor.post(f"{path}/blocks", {"csrf_token": token, "block-reason": "x" * 20}).status == 403
    stranger = Visitor(app)
    stranger.sign_in("org_owner@acme.example")
    assert stranger.get(path).status == 403
