"""The page of a case: who reads and writes, what it shows of the promise, and what is never shown."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.domain.cases import CaseState
from portal.models.case_entries import CaseParticipant
from portal.models.cases import Case
from portal.services import case_changes, case_people, case_severities, conversations
from tests.blueprints.casework import (
    FIRST_PEOPLE,
    STAFF,
    a_case,
    closed,
    does,
    lets_open_cases,
    signed_in,
    writing,
)
from tests.pages import PARTIAL
from tests.visits import let_agent_in

DATABASES = ("sqlite",)
OUTSIDER = "nobody@nowhere.example"


@pytest.fixture(autouse=True)
def supported(app, world):
    lets_open_cases(app, world)


@pytest.fixture
def number(app, world):
    return a_case(app, world, cc=["oncall@acme.example", OUTSIDER])


def at(number, action="", slug="acme"):
    return f"/orgs/{slug}/support/cases/{number}{action}"


def staff_does(app, number, act, *said, **how):
    """Let an agent do it to the case."""
    with writing(app) as session:
        act(session, session.get_one(Case, number), *said, does(session, STAFF, as_staff=True), **how)


def errors(page):
    return {error["id"].removesuffix("-error"): " ".join(error.text.split()) for error in page.soup.select("p.error")}


def later(visitor, address):
    return visitor.client.get(address, headers=PARTIAL)


def test_the_page_tells_the_conversation_and_never_what_is_for_staff(app, number):
    """CC-13, CC-6."""
    staff_does(app, number, conversations.note, "SECRET of the note")
    staff_does(app, number, conversations.comment, "Which **region**?")
    with writing(app) as session:
        case, by = session.get_one(Case, number), does(session, FIRST_PEOPLE["acme"])
        conversations.comment_from_outside(session, case, "SECRET of an outsider", "oncall@acme.example", by)
        conversations.comment(session, case, "<script>alert(1)</script> Frankfurt.", by, quoted="> Which region?")
    page = signed_in(app).get(at(number))
    first, asked, answered = page.soup.select("article")
    assert page.soup.find("a", href="/orgs/acme/support/policy/2024-05-06")
    assert "opened the support case" in first.header.text
    assert asked.find(class_="chip").text == "Support"
    assert asked.find("strong").text == "region"
    assert "<script>alert(1)</script> Frankfurt." in answered.text
    assert "Which region?" in answered.find("details").text
    assert "put on CC: oncall@acme.example and nobody@nowhere.example" in page.text
    for email, address in ((FIRST_PEOPLE["acme"], at(number)), (OUTSIDER, f"/cases/{number}")):
        visitor = signed_in(app, email)
        part = later(visitor, f"{address}/later?after=0").get_data(as_text=True)
        assert "Frankfurt." in part
        assert "SECRET" not in part + visitor.get(address).text


def test_a_comment_goes_with_people_on_cc_and_is_refused_whole(app, number):
    """CC-1, CC-11."""
    page = signed_in(app).get(at(number))
    page = page.submit(at(number, "/comments"), text="Look here", cc="new@acme.example wrong")
    assert page.status == 422
    assert errors(page) == {"cc": "“wrong” is not an e-mail address."}
    assert page.soup.find(id="text").text.strip() == "Look here"
    many = " ".join(f"p{n}@acme.example" for n in range(48))
    assert "At most 48" in errors(page.submit(at(number, "/comments"), text="Look", cc=many))["cc"]
    assert errors(page.submit(at(number, "/comments"), text=" ", cc=""))["text"] == "Write a comment first."
    shown = page.submit(at(number, "/comments"), text="Look here", cc="new@acme.example").follow()
    assert "put on CC: new@acme.example" in shown.text
    with writing(app) as session:
        assert len(conversations.entries(session, session.get_one(Case, number), for_staff=True)) == 4


def test_two_clicks_are_one_comment(app, number):
    page = signed_in(app).get(at(number))
    for _ in range(2):
        assert page.submit(at(number, "/comments"), text="Once").status == 303
    assert len(signed_in(app).get(at(number)).soup.select("article")) == 2


# What each role may do with a case of the whole organization and with one of the project `shop` (1.4, 3.5, 7.1), when
# somebody else opened it: "manage" is everything, "read" is to look on.
RIGHTS = {
    "acme": {
        "ORG_OWNER": ("manage", "manage"),
        "ORG_READ_ONLY": ("read", "manage"),
        "ORG_BILLING_ADMIN": (None, None),
        "ORG_MEMBER": (None, None),
        "GROUP_OWNER": (None, "manage"),
        "GROUP_READ_ONLY": (None, "manage"),
    },
    "borealis": {
        "super_admin": ("manage", "manage"),
        "member": (None, None),
        "operator": (None, "manage"),
        "read_only": (None, "manage"),
    },
    "cobalt": {"admin": ("manage", "manage"), "member": ("manage", "manage"), "collaborator": (None, None)},
}
READS = ("", "/later?after=0")
WRITES = ("/comments", "/draft", "/draft/discard", "/preview")
CHANGES = ("/severity", "/disagreement", "/video", "/solution")


def check_routes(visitor, number, slug, may):
    """Each route of the case, for who may do so much."""
    for action in READS:
        assert (visitor.client.get(at(number, action, slug)).status_code == 403) == (may is None), action
    kept = {"csrf_token": visitor.get("/account").soup.find(attrs={"name": "csrf_token"})["value"]}
    for action in (*WRITES, *CHANGES):
        status = visitor.client.post(at(number, action, slug), data=kept).status_code
        assert (status == 403) == (may != "manage"), (action, status)
        assert status < 500, action


@pytest.mark.parametrize("slug", RIGHTS)
def test_each_role_may_do_what_its_table_says(app, world, slug):
    # Nobody of the table has opened them: it is somebody who has left.
    whole, of_project = (
        a_case(app, world, slug, by=f"deactivated@{slug}.example", project=project)
        for project in (None, world.projects[slug][0])
    )
    other = a_case(app, world, "cobalt" if slug == "acme" else "acme")
    for role, (of_whole, of_shop) in RIGHTS[slug].items():
        visitor = signed_in(app, f"{role.lower()}@{slug}.example")
        check_routes(visitor, whole, slug, of_whole)
        check_routes(visitor, of_project, slug, of_shop)
        assert visitor.get(at(other, "", slug)).status == (403 if role == "collaborator" else 404)
        assert visitor.get(f"/cases/{other}").status == 404


def test_staff_on_a_visit_look_on(app, world):
    number = a_case(app, world, "cobalt")
    with writing(app) as session:
        let_agent_in(session, world)
    page = signed_in(app, STAFF).get(at(number, "", "cobalt"))
    assert "Since noon." in page.text
    assert not page.soup.find(id="text")
    check_routes(signed_in(app, STAFF), number, "cobalt", "read")


def test_somebody_on_cc_from_elsewhere_has_this_one_case_until_they_leave(app, world, number):
    """CC-2, CC-9, CC-12."""
    visitor = signed_in(app, OUTSIDER)
    page = visitor.get(f"/cases/{number}")
    assert page.h1 == "Nothing connects"
    assert "It is solved" not in page.text
    assert visitor.get(at(number)).status == 404
    assert visitor.get(f"/cases/{a_case(app, world)}").status == 404
    shown = page.submit(f"/cases/{number}/comments", text="Same here", cc="friend@else.example").follow()
    assert "put on CC: friend@else.example" in shown.text
    with writing(app) as session:
        others = session.scalars(select(CaseParticipant).where(CaseParticipant.user_id.is_(None))).all()
        own = session.scalars(select(CaseParticipant).where(CaseParticipant.user_id.is_not(None))).one()
    for other in others:
        token = {"csrf_token": shown.soup.find(attrs={"name": "csrf_token"})["value"]}
        assert visitor.post(f"/cases/{number}/cc/{other.id}/removal", token).status == 403
    assert shown.submit(f"/cases/{number}/cc/{own.id}/removal").status == 303
    assert visitor.get(f"/cases/{number}").status == 404


def test_a_collaborator_on_cc_has_the_case_though_not_the_organization(app, world):
    number = a_case(app, world, "cobalt", cc=["collaborator@cobalt.example"])
    page = signed_in(app, "collaborator@cobalt.example").get(f"/cases/{number}")
    assert page.submit(f"/cases/{number}/comments", text="Same here").follow().status == 200
    assert signed_in(app, "collaborator@cobalt.example").get(f"/cases/{a_case(app, world, 'cobalt')}").status == 403


def test_a_collaborator_reads_what_is_shared_and_writes_nothing(app, world):
    """AV-52, CC-9."""
    number = a_case(app, world, "cobalt")
    with writing(app) as session:
        by = does(session, STAFF, as_staff=True)
        case_people.share_list(session, session.get_one(Case, number).organization, by)
    visitor = signed_in(app, "collaborator@cobalt.example")
    page = visitor.get(f"/cases/{number}")
    assert ("Since noon." in page.text, page.soup.find(id="text")) == (True, None)
    sent = {"text": "Here I am", "csrf_token": visitor.get("/account").soup.select("[name=csrf_token]")[0]["value"]}
    for action in WRITES:
        assert visitor.client.post(f"/cases/{number}{action}", data=sent).status_code == 403, action
    assert "Here I am" not in visitor.get(f"/cases/{number}").text


def test_a_member_on_cc_writes_whatever_their_roles(app, world):
    """CC-2: it gives this one case, and nothing that changes it."""
    number = a_case(app, world, cc=["org_member@acme.example"])
    visitor = signed_in(app, "org_member@acme.example")
    shown = visitor.get(at(number)).submit(at(number, "/comments"), text="Same here").follow()
    assert "Same here" in shown.text
    assert not shown.soup.find("form", action=at(number, "/solution"))
    assert visitor.get(at(a_case(app, world))).status == 403


def test_the_address_in_mails_leads_each_to_their_own_page(app, number):
    assert signed_in(app).get(f"/cases/{number}").location == at(number)
    assert signed_in(app, "org_member@acme.example").get(f"/cases/{number}").follow().status == 403
    assert signed_in(app, STAFF).get(f"/cases/{number}").location == f"/staff/cases/{number}"


def test_who_opened_it_takes_others_off_cc(app, number):
    visitor = signed_in(app)
    page = visitor.get(at(number))
    form = page.soup.select_one("form[action*='/cc/']")
    shown = page.submit(form["action"]).follow()
    assert "took off CC: oncall@acme.example" in shown.text
    assert visitor.post(form["action"], {"csrf_token": form.input["value"]}).status == 303


def test_a_severity_is_raised_with_the_impact_it_asks_for(app, world):
    """V-AMB-28."""
    number = a_case(app, world, "cobalt", severity="3")
    page = signed_in(app, FIRST_PEOPLE["cobalt"]).get(at(number, "", "cobalt"))
    refused = page.submit(at(number, "/severity", "cobalt"), severity="1", business_impact="Bad")
    assert "at least 30" in errors(refused)["business_impact"]
    assert page.submit(at(number, "/severity", "cobalt"), severity="").status == 422
    impact = "Nobody in any country can buy anything."
    shown = page.submit(at(number, "/severity", "cobalt"), severity="1", business_impact=impact).follow()
    assert "raised the severity from Severity 3 (Normal) to Severity 1 (Critical)" in shown.text
    assert impact in shown.text
    assert errors(shown.submit(at(number, "/severity", "cobalt"), severity="1"))["severity"]


def test_an_assessment_is_explained_and_disagreed_with_once(app, number):
    """NE-20."""
    staff_does(app, number, case_severities.assess, "4", "There is a workaround.")
    page = signed_in(app).get(at(number))
    assert "lowered the severity from Severity 2 to Severity 4" in page.text
    assert "There is a workaround." in page.text
    assert "Asked for as Severity 2" in page.text
    assert errors(page.submit(at(number, "/disagreement"), because=""))["because"] == "Say why you disagree."
    shown = page.submit(at(number, "/disagreement"), because="It takes a day.").follow()
    assert "disagrees with Severity 4" in shown.text
    assert not shown.soup.find(id="because")
    staff_does(app, number, case_severities.assess, "3", "Half a day.")
    asked = {"because": "No", "csrf_token": shown.soup.find(attrs={"name": "csrf_token"})["value"]}
    assert signed_in(app).get(at(number)).soup.find(id="because")
    assert page.visitor.post(at(number, "/disagreement"), {**asked, "assessment": "0" * 24}).status == 409


def test_what_is_solved_is_opened_by_a_comment_and_what_is_closed_is_followed(app, number):
    """CASE-4, CASE-5."""
    visitor = signed_in(app)
    page = visitor.get(at(number)).submit(at(number, "/solution")).follow()
    assert "set it to “Solved”: question answered" in page.text
    assert "Closes by itself" in page.text
    page = page.submit(at(number, "/comments"), text="It is back.").follow()
    assert page.soup.select_one("#case-status .badge").text.strip() == "Open"
    closed(app, number)
    page = visitor.get(at(number))
    assert "It takes no more comments." in page.text
    assert not page.soup.find(id="text")
    late = {"text": "Too late", "csrf_token": page.soup.find(attrs={"name": "csrf_token"})["value"]}
    assert visitor.post(at(number, "/comments"), late).status == 422


def test_a_video_chat_is_asked_for_where_the_plan_has_it(app, world, number):
    """NE-3."""
    assert "Request video chat" not in signed_in(app).get(at(number)).text
    ticket = a_case(app, world, "cobalt")
    page = signed_in(app, FIRST_PEOPLE["cobalt"]).get(at(ticket, "", "cobalt"))
    shown = page.submit(at(ticket, "/video", "cobalt")).follow()
    assert "asked for a video chat" in shown.text
    staff_does(app, ticket, lambda *of: case_changes.answer_video(*of[:2], granted=True, text="At 15:00.", doing=of[2]))
    assert "granted the video chat" in signed_in(app, FIRST_PEOPLE["cobalt"]).get(at(ticket, "", "cobalt")).text


def test_the_promise_is_told_as_far_as_it_is_one(app, world, number):
    """NE-5, PROMISE-1."""
    assert "in 3 h 59 min, around the clock" in signed_in(app).get(at(number)).soup.find(id="promise").text
    staff_does(app, number, conversations.comment, "We look.")
    assert "Answered in time" in signed_in(app).get(at(number)).soup.find(id="promise").text


def test_news_come_by_themselves_until_it_is_closed(app, number):
    visitor = signed_in(app)
    page = visitor.get(at(number))
    asks = page.soup.find(id="later")["data-hx-get"]
    assert later(visitor, asks).status_code == 204
    staff_does(app, number, conversations.note, "SECRET")
    assert later(visitor, asks).status_code == 204
    staff_does(app, number, conversations.comment, "We look.")
    staff_does(app, number, case_changes.set_state, CaseState.PENDING)
    part = visitor.part(asks)
    assert [one.text.strip() for one in part.soup.select("article .prose")] == ["We look."]
    assert part.soup.find(id="case-status")["data-hx-swap-oob"]
    assert "Awaiting your reply" in part.soup.find(id="case-status").text
    assert "Answered in time" in part.soup.find(id="promise").text
    assert "2 new entries" in part.soup.find(id="news").text
    assert later(visitor, part.soup.find(id="later")["data-hx-get"]).status_code == 204
    closed(app, number)
    assert not visitor.get(at(number)).soup.find(id="later").has_attr("data-hx-get")


def test_a_draft_waits_for_its_person_in_another_session(app, number):
    """DRAFT-1."""
    visitor = signed_in(app)
    page = visitor.get(at(number))
    asked = {"csrf_token": page.soup.find(attrs={"name": "csrf_token"})["value"], "text": "Half a sen"}
    part = visitor.post_part(at(number, "/draft"), asked)
    assert "Your draft was kept" in part.text
    page = signed_in(app).get(at(number))
    assert page.soup.find(id="text").text.strip() == "Half a sen"
    assert "You have not sent it yet." in page.text
    assert "Half a sen" not in signed_in(app, OUTSIDER).get(f"/cases/{number}").text
    assert page.submit(at(number, "/comments"), text="Half a sentence.").status == 303
    assert "You have not sent it yet." not in visitor.get(at(number)).text
    key = {"idempotency_key": page.soup.select_one("#reply input[name=idempotency_key]")["value"]}
    visitor.post_part(at(number, "/draft"), {**asked, **key})
    assert "You have not sent it yet." not in visitor.get(at(number)).text, "it came after it was sent"
    told = visitor.post("/orgs/acme/support/cases/draft", {**asked, "subject": "Slow"}).follow()
    assert told.soup.find(id="subject")["value"] == "Slow"
    assert "Your draft is kept." in told.text
    assert visitor.post("/orgs/acme/support/cases/draft/discard", asked).follow().soup.find(id="subject")["value"] == ""


def test_a_preview_shows_the_comment_with_and_without_script(app, number):
    visitor = signed_in(app)
    token = {"csrf_token": visitor.get(at(number)).soup.find(attrs={"name": "csrf_token"})["value"]}
    shown = visitor.post(at(number, "/preview"), {**token, "text": "**Bold** <b>no</b>", "cc": "a@b.example"})
    assert str(shown.soup.select_one("#preview strong")) == "<strong>Bold</strong>"
    assert not shown.soup.select_one("#preview b")
    assert shown.soup.find(id="cc")["value"] == "a@b.example"
    assert (
        visitor.post_part(at(number, "/preview"), {**token, "text": "*So*"}).soup.select_one("#preview em").text == "So"
    )
