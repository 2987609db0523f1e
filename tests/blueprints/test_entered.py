"""What nobody types and PostgreSQL does not take is left out of what people send, wherever it stands."""

from __future__ import annotations

import pytest

from portal.models.cases import Case
from portal.services import conversations
from tests.blueprints.casework import a_case, lets_open_cases, signed_in, writing

DATABASES = ("postgresql",)


@pytest.fixture
def number(app, world):
    lets_open_cases(app, world)
    return a_case(app, world)


def test_a_text_is_kept_without_it(app, number):
    page = signed_in(app).get(f"/orgs/acme/support/cases/{number}")
    assert page.submit(f"/orgs/acme/support/cases/{number}/comments", text="Down\0 since noon").status == 303
    with writing(app) as session:
        case = session.get_one(Case, number)
        assert conversations.entries(session, case, for_staff=False)[-1].body == "Down since noon"


@pytest.mark.parametrize("name", ["attachments", "cc"])
def test_an_answer_stands_beside_the_form_and_is_no_fault(app, number, name):
    page = signed_in(app).get(f"/orgs/acme/support/cases/{number}")
    answer = page.submit(f"/orgs/acme/support/cases/{number}/comments", text="Typed", **{name: "\0x\0"})
    assert (answer.status, answer.soup.select("#text")[0].text.strip()) == (422, "Typed")


def test_a_list_is_searched_without_it(app, number):
    page = signed_in(app).get("/orgs/acme/support/cases?q=Nothing%00+connects")
    assert (page.status, "Nothing connects" in page.text) == (200, True)
