"""Addresses on CC, played by page and by mail: users write for all, outsiders for staff (CC-1 to CC-13)."""

from __future__ import annotations

import pytest

from portal import clock
from portal.domain.incoming.states import IncomingState
from portal.models.cases import Case
from portal.services import people
from tests.blueprints.casework import FIRST_PEOPLE, STAFF, a_case, closed, lets_open_cases, signed_in, writing
from tests.blueprints.test_conversations import errors
from tests.mailed import Post, a_desk, address_of
from tests.pages import Visitor

DATABASES = ("sqlite",)

REQUESTER = FIRST_PEOPLE["borealis"]
USER, OUTSIDER = "nobody@nowhere.example", "pat@partner.example"


@pytest.fixture(autouse=True)
def supported(app, world):
    lets_open_cases(app, world)


@pytest.fixture
def number(app, world):
    """A ticket with a user of no organization and an outsider on CC."""
    return a_case(app, world, "borealis", cc=[USER, OUTSIDER])


@pytest.fixture
def mails(app, number, tmp_path):
    """Somebody answers the ticket's mail; what became of it."""
    letters = iter(range(100))

    def write(sender: str, body: str, **heads: str) -> IncomingState:
        with writing(app) as session:
            to = address_of(session.get_one(Case, number))
            post = Post(session, a_desk(tmp_path), number=next(letters))
            return post.writes(sender, body, to=to, at=clock.now(), **heads).state

    return write


def inside(number, action=""):
    return f"/orgs/borealis/support/cases/{number}{action}"


def outside(number, action=""):
    return f"/cases/{number}{action}"


def seen_by(app, number, email):
    """The conversation as this person reads it."""
    path = f"/staff/cases/{number}" if email == STAFF else inside(number) if "borealis" in email else outside(number)
    return signed_in(app, email).get(path).text


def test_a_user_on_cc_writes_for_all_and_brings_another(app, number):
    """CC-2, CC-9: two addresses with a space between them."""
    page = signed_in(app, USER).get(outside(number))
    assert (
        page.submit(outside(number, "/comments"), text="Here, too.", cc="a@else.example B@else.example").status == 303
    )
    for email in (REQUESTER, USER, STAFF):
        told = seen_by(app, number, email)
        assert "Here, too." in told
        assert "put on CC: a@else.example and b@else.example" in told
    assert page.visitor.get("/orgs/borealis").status == 404, "and nothing else of the organization"


def test_an_outsider_has_a_sign_in_page_and_as_a_stranger_nothing(app, number):
    """CC-5: the link opens nothing without a session, and nothing for whoever is not on the ticket."""
    answer = Visitor(app).get(outside(number))
    assert answer.status in (302, 303)
    assert "/sign-in" in str(answer.location)
    with writing(app) as session:
        people.create_user(session, "stranger@else.example", name="S", password_hash="", at=clock.now())
    assert signed_in(app, "stranger@else.example").get(outside(number)).status == 404


def test_an_outsiders_answer_is_staffs_and_adds_nobody_also_after_they_sign_up(app, number, mails):
    """CC-4, CC-6, CC-7: marked as external; who was in Cc is listed for staff."""
    assert mails(OUTSIDER, "It is the router.", Cc="x@else.example, y@else.example") is IncomingState.PROCESSED
    for email in (REQUESTER, USER):
        assert "It is the router." not in seen_by(app, number, email)
    told = seen_by(app, number, STAFF)
    assert "It is the router." in told
    assert "xternal" in told
    assert "x@else.example" in told
    assert "put on CC: x@else.example" not in told
    with writing(app) as session:
        people.create_user(session, OUTSIDER.title(), name="Pat", password_hash="", at=clock.now())
    visitor = signed_in(app, OUTSIDER)
    assert visitor.get("/cases").soup.find("a", href=outside(number)), "the list of what one is on CC of"
    page = visitor.get(outside(number))
    assert "Since noon." in page.text
    assert "It is the router." not in page.text
    assert page.submit(outside(number, "/comments"), text="Now I am here.").status == 303
    assert "Now I am here." in seen_by(app, number, REQUESTER)


def test_a_users_mail_brings_those_in_its_cc(app, number, mails):
    """CC-8."""
    assert mails(USER, "Ann knows.", Cc="ann@else.example") is IncomingState.PROCESSED
    assert "put on CC: ann@else.example" in seen_by(app, number, REQUESTER)


def test_cc_on_a_solved_ticket_opens_it_and_a_closed_one_takes_none(app, number, mails):
    """CC-1, CC-10: the customer with a comment, staff without one."""
    visitor = signed_in(app, REQUESTER)
    visitor.get(inside(number)).submit(inside(number, "/solution"))
    page = visitor.get(inside(number))
    assert errors(page.submit(inside(number, "/comments"), text="", cc="new@else.example"))["text"]
    shown = page.submit(inside(number, "/comments"), text="Not yet.", cc="new@else.example").follow()
    assert shown.soup.select_one("#case-status .badge").text.strip() == "Open"
    assert "put on CC: new@else.example" in shown.text
    desk = signed_in(app, STAFF).get(f"/staff/cases/{number}")
    closed(app, number)
    answer = desk.submit(f"/staff/cases/{number}/copies", addresses="late@else.example")
    assert answer.status == 422
    assert "It is closed." in answer.text
    assert "late@else.example" not in seen_by(app, number, REQUESTER)
    assert mails(OUTSIDER, "Hello?") is IncomingState.QUARANTINED


def test_who_is_on_it_already_is_passed_over_and_a_wrong_one_refuses_all(app, number):
    """CC-11: whatever the case of its letters."""
    visitor = signed_in(app, REQUESTER)
    page = visitor.get(inside(number))
    again = f"{OUTSIDER.upper()} {REQUESTER.title()} {USER} twice@else.example Twice@Else.example"
    shown = page.submit(inside(number, "/comments"), text="Once.", cc=again).follow()
    assert "put on CC: twice@else.example" in shown.text
    refused = shown.submit(inside(number, "/comments"), text="Kept.", cc="good@else.example bad@")
    assert refused.status == 422
    assert refused.soup.find(id="text").text.strip() == "Kept."
    assert refused.soup.find(id="cc").get("value", refused.soup.find(id="cc").text).strip() == "good@else.example bad@"
    assert "good@else.example" not in visitor.get(inside(number)).text


def test_each_of_those_who_may_takes_somebody_off_and_they_hear_no_more(app, number, mails):
    """CC-12: the requester, a super admin, staff, and they themselves."""
    page = signed_in(app, STAFF).get(f"/staff/cases/{number}")
    forms = [form for form in page.soup.find_all("form") if "/copies/" in form.get("action", "")]
    assert len(forms) == 2
    assert page.submit(forms[1]["action"]).status == 303
    assert f"took off CC: {OUTSIDER}" in seen_by(app, number, REQUESTER)
    assert mails(OUTSIDER, "Still me.") is IncomingState.QUARANTINED
    own = signed_in(app, USER).get(outside(number))
    form = own.soup.select_one("form[action*='/cc/']")
    assert own.submit(form["action"]).status == 303
    assert own.visitor.get(outside(number)).status == 404
    assert mails(USER, "Still me.") is IncomingState.QUARANTINED
