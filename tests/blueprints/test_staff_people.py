"""Staff find a person and end their sessions, for a reason that is kept."""

from __future__ import annotations

import pytest

from tests.pages import Visitor

DATABASES = ("sqlite",)

OWNER, AGENT = "org_owner@acme.example", "support@portal.example"


@pytest.fixture
def agent(visitor):
    visitor.sign_in(AGENT)
    return visitor


def found(visitor, email=OWNER):
    return visitor.get(f"/staff/people?email={email}")


def test_a_person_is_found_by_the_address_in_any_case(agent):
    page = agent.get("/staff/").click("People")
    assert page.h1 == "People"
    person = found(agent, OWNER.upper()).follow()
    assert (person.h1, OWNER in person.text, "Acme" in person.text) == ("Org Owner", True, True)


def test_who_is_not_there_is_not_found(agent):
    assert "Nobody has this address" in found(agent, "stranger@acme.example").text
    assert agent.get("/staff/people/999999").status == 404


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, "9" * 5000], ids=["highest", "too-high", "endless"])
def test_a_number_that_no_row_can_have_is_no_address(agent, number):
    assert agent.get(f"/staff/people/{number}").status == 404


def test_all_sessions_end_and_the_person_reads_who_did_it_and_why(app, agent):
    owner = Visitor(app)
    owner.sign_in(OWNER)
    person = found(agent).follow()
    page = person.submit(reason="Her notebook was stolen.").follow()
    assert "1 session is ended." in page.text
    assert "Signed out everywhere by staff by Support: Her notebook was stolen." in page.text
    assert owner.get("/orgs/acme/").status == 303
    owner.sign_in(OWNER)
    assert "Her notebook was stolen." in owner.get("/account").text


def test_without_a_reason_nothing_ends(app, agent):
    owner = Visitor(app)
    owner.sign_in(OWNER)
    page = found(agent).follow().submit(reason=" ")
    assert page.status == 422
    assert page.soup.find(id="reason-error").text.strip() == "Enter why the sessions end."
    assert owner.get("/orgs/acme/").status == 200


def test_who_ends_their_own_is_signed_out(agent):
    assert found(agent, AGENT).follow().submit(reason="I lost my notebook.").follow().status == 303
