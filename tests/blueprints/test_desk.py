"""The desk over HTTP: who may work there, and each thing that agents do to a case."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.cases import CaseState, Video, Visibility
from portal.domain.response_targets import Via
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.organizations import User
from portal.models.outbox import Message
from portal.services import case_changes, case_people, case_severities, conversations
from portal.services.case_doing import Doing
from tests.pages import PARTIAL, Visitor
from tests.supported import BASE_URL
from tests.worked import a_case_of, doing

DATABASES = ("sqlite",)

SUBJECT = "Nothing connects"
AGENT, OWNER = "support@portal.example", "org_owner@acme.example"


@pytest.fixture
def agent(visitor):
    visitor.sign_in(AGENT)
    return visitor


@pytest.fixture
def session(app):
    with database.writing(app.extensions["database"])() as session:
        yield session


@pytest.fixture
def case(session, world):
    number = a_case_of(session, "acme").id
    session.commit()
    return number


@pytest.fixture
def look(app):
    """A session that only reads, and so locks nothing."""
    with database.reading(app.extensions["database"])() as session:
        yield session


def address(case, *parts):
    return "/".join([f"/staff/cases/{case}", *parts])


@pytest.fixture
def again(look, case):
    """The case as it stands now."""

    def read():
        look.rollback()
        return look.get_one(Case, case, populate_existing=True)

    return read


@pytest.fixture
def bodies(look, again):
    """What was written, as staff or customers read it."""

    def read(*, for_staff=True):
        return [entry.body for entry in conversations.entries(look, again(), for_staff=for_staff) if entry.body]

    return read


@pytest.mark.parametrize("email", ["sales@portal.example", "billing@portal.example", OWNER])
def test_who_does_not_answer_cases_gets_in_nowhere(app, visitor, case, email):
    visitor.sign_in(email)
    for path in ("/staff/cases", address(case), "/staff/macros", "/staff/cases/new", address(case, "merging")):
        assert visitor.get(path).status == 403
    assert visitor.client.get(address(case, "later"), headers=PARTIAL).status_code == 403


def test_a_new_case_stands_in_the_queue_with_what_it_is_owed(agent, case):
    page = agent.get("/staff/").click("Cases")
    assert page.h1 == "Cases"
    row = page.soup.find("th", string=None, scope="row").parent.get_text(" ")
    for words in (SUBJECT, "Acme", "Severity 2", "Due in", "New"):
        assert words in row


def test_the_queue_is_narrowed_and_its_address_keeps_how(agent, case):
    assert SUBJECT in agent.get("/staff/cases?view=unassigned&severity=2&q=connects").text
    assert "No case fits" in agent.get("/staff/cases?view=unassigned&severity=1").text
    assert "No case fits" in agent.get("/staff/cases?view=all&organization=cobalt").text
    tabs = agent.get("/staff/cases?severity=2").soup.select(".tabs a")
    assert all("severity=2" in tab["href"] for tab in tabs)
    assert agent.get("/staff/cases?state=nonsense").status == 422


def test_a_reply_ends_the_clock_and_is_mailed(agent, look, case, again):
    page = agent.get(address(case)).submit(
        address(case, "entries"), kind="reply", text="We **look** into it.", then="pending"
    )
    assert page.status == 303
    page = page.follow()
    assert "The reply is sent." in page.text
    assert page.soup.select_one(".message[data-side=staff] strong").text == "look"
    now = again()
    assert (now.first_responded_at is not None, now.state) == (True, CaseState.PENDING)
    assert look.scalars(select(Message.text).where(Message.text.contains("look"))).all()


def test_a_note_is_for_staff_alone(agent, session, case, again, bodies):
    agent.get(address(case)).submit(address(case, "entries"), kind="note", text="Quirinal thinks it is DNS.")
    assert bodies() == ["Since noon.", "Quirinal thinks it is DNS."]
    assert bodies(for_staff=False) == ["Since noon."]
    assert again().first_responded_at is None
    assert "Internal note" in agent.get(address(case)).text


def test_what_is_refused_says_why_and_loses_nothing(agent, session, case, bodies):
    form = {"kind": "reply", "text": "Hello", "cc": "not an address", "then": "pending"}
    page = agent.get(address(case)).submit(address(case, "entries"), **form)
    assert page.status == 422
    assert "is not an e-mail address" in page.text
    assert (page.soup.find(id="text").text.strip(), page.soup.find(id="cc").text.strip()) == ("Hello", "not an address")
    assert bodies() == ["Since noon."]
    assert agent.get(address(case)).submit(address(case, "entries"), kind="reply", text=" ").status == 422


def test_a_preview_sends_nothing_and_keeps_the_text(agent, session, case, bodies):
    page = agent.get(address(case))
    form = {
        "kind": "note",
        "text": "It is *DNS*.",
        "csrf_token": page.soup.find("input", {"name": "csrf_token"})["value"],
    }
    shown = agent.post(address(case, "preview"), form)
    assert shown.soup.select_one("#preview em").text == "DNS"
    assert shown.soup.find(id="text").text.strip() == "It is *DNS*."
    assert agent.post_part(address(case, "preview"), form).soup.select_one("em").text == "DNS"
    assert bodies() == ["Since noon."]


def test_a_case_is_taken_given_and_let_go_of(agent, look, case, again):
    page = agent.get(address(case))
    assert page.submit(address(case, "assignment")).status == 303
    own = look.scalars(select(User).where(User.email == AGENT)).one()
    now = again()
    assert (now.assignee_id, now.state) == (own.id, CaseState.OPEN)
    assert "1" in agent.get("/staff/cases?view=mine").soup.select_one(".tabs a[aria-current]").text
    agent.get(address(case)).submit(address(case, "assignment"))
    assert again().assignee_id is None


def test_who_comes_second_reads_who_has_it(agent, session, case, again):
    page = agent.get(address(case))
    other = doing(session, "other@portal.example", as_staff=True)
    case_changes.assign(session, session.get_one(Case, case), other.who, other)
    session.commit()
    own = other.who.id
    session.commit()
    refused = page.submit(address(case, "assignment"))
    assert refused.status == 409
    assert "Other has taken it since you opened the page." in refused.text
    assert again().assignee_id == own


def test_the_state_is_set_and_who_solves_says_how(agent, session, case, again):
    page = agent.get(address(case))
    refused = page.submit(address(case, "state"), state="solved")
    assert (refused.status, "Choose how it was solved." in refused.text) == (422, True)
    assert refused.soup.select_one("details[open] #state")
    done = agent.get(address(case)).submit(address(case, "state"), state="solved", close_reason="resolved")
    assert done.status == 303
    now = again()
    assert (now.state, now.close_reason) == (CaseState.SOLVED, "resolved")
    assert agent.get(address(case)).submit(address(case, "state"), state="closed").status == 422


def test_by_script_what_stands_beside_the_case_is_drawn_anew_with_what_came_in(agent, session, case):
    page = agent.get(address(case))
    form = next(form for form in page.soup.find_all("form") if form["action"] == address(case, "state"))
    fields = {field["name"]: field["value"] for field in form.find_all("input", attrs={"name": True})}
    part = agent.post_part(address(case, "state"), fields | {"state": "on_hold"})
    assert part.status == 200
    assert part.soup.find(id="about")
    assert "set it to “On hold”" in part.soup.find(id="later").text
    assert "On hold" in part.soup.find(id="case-badges").text
    refused = agent.post_part(address(case, "state"), fields | {"idempotency_key": "another", "state": "closed"})
    assert refused.status == 422
    assert {field["value"] for field in refused.soup.select("input[name=after]")} == {fields["after"]}


def test_a_severity_is_assessed_with_words_for_the_customer(agent, session, case, again, bodies):
    page = agent.get(address(case))
    refused = page.submit(address(case, "severity"), severity="1", explanation=" ")
    assert (refused.status, "Explain the change" in refused.text) == (422, True)
    page.submit(address(case, "severity"), severity="1", explanation="Everything stands still.")
    now = again()
    assert (now.severity, now.requested_severity) == ("1", "2")
    assert "Everything stands still." in bodies(for_staff=False)


def test_a_disagreement_is_settled(agent, session, case, bodies):
    case_severities.assess(
        session, session.get_one(Case, case), "3", "There is a way around.", doing(session, AGENT, as_staff=True)
    )
    (change,) = case_severities.changes_of(session, session.get_one(Case, case))
    case_severities.disagree(session, change, "There is none.", doing(session, OWNER))
    session.commit()
    changed = change.hex_id
    session.commit()
    page = agent.get(address(case))
    assert "The customer disagrees with Severity 3" in page.text
    page.submit(address(case, "severity", changed, "settlement"), settlement="We stay with 3.")
    assert "We stay with 3." in bodies(for_staff=False)
    assert "disagrees with Severity 3" not in agent.get(address(case)).soup.find(id="about").text


def test_a_video_chat_is_granted_with_words(agent, session, case, again, bodies):
    session.get_one(Case, case).video = Video.ASKED
    session.commit()
    page = agent.get(address(case)).submit(
        address(case, "video"), answer="grant", video_words="Tomorrow at nine, by link."
    )
    assert page.status == 303
    assert again().video is Video.GRANTED
    assert "Tomorrow at nine, by link." in bodies(for_staff=False)


def test_addresses_come_on_cc_and_go(agent, look, case, again):
    page = agent.get(address(case))
    assert page.submit(address(case, "copies"), addresses="nonsense").status == 422
    page.submit(address(case, "copies"), addresses="oncall@acme.example, bob@elsewhere.example")
    first, second = case_people.current(look, again())
    page = agent.get(address(case)).submit(address(case, "copies", str(first.id), "removal"))
    kept = second.address
    assert [one.address for one in case_people.current(look, again())] == [kept]


def test_an_outsiders_answer_is_published(agent, session, look, case, bodies):
    doing_ = Doing(by=None, at=clock.now(), base_url=BASE_URL, via=Via.EMAIL)
    conversations.comment_from_outside(
        session,
        session.get_one(Case, case),
        "Me too.",
        "bob@elsewhere.example",
        doing_,
        ignored=["eve@evil.example"],
    )
    session.commit()
    page = agent.get(address(case))
    assert "External" in page.text
    assert "Not put on CC, because somebody outside named them: eve@evil.example" in page.text
    assert "Me too." not in bodies(for_staff=False)
    entry = look.scalars(select(CaseEntry).where(CaseEntry.visibility == Visibility.STAFF_ONLY)).one()
    page.submit(address(case, "entries", entry.hex_id, "publication"))
    assert "Me too." in bodies(for_staff=False)
    assert "Publish" not in agent.get(address(case)).soup.find(id="talk").parent.text


def test_cases_are_linked_and_merged_after_a_look(agent, session, case, again):
    other = a_case_of(session, "acme", subject="The same again").id
    session.commit()
    page = agent.get(address(case))
    assert page.submit(address(case, "links"), other="99999").status == 422
    assert page.submit(address(case, "links"), other=str(other)).status == 303
    assert "The same again" in agent.get(address(case)).soup.find(id="about").text
    review = agent.get(address(case, f"merging?other={other}"))
    assert "Closed as a duplicate" in review.text
    landed = review.submit(address(case, "merging")).follow()
    assert landed.h1 == "The same again"
    assert again().merged_into_id == other


@pytest.mark.parametrize("other", ["itself", "99999", "x", str(2**70), ""])
def test_what_cannot_be_merged_is_refused_before_and_at_the_merge(agent, case, other):
    number = str(case) if other == "itself" else other
    assert agent.get(address(case, f"merging?other={number}")).status == 422


def test_the_queue_says_who_else_has_a_case_open(app, agent, session, case):
    other = Visitor(app)
    doing(session, "other@portal.example", as_staff=True)
    session.commit()
    assert agent.part(address(case, "onlookers")).text == ""
    other.sign_in("other@portal.example")
    assert "Support has this case open too." in other.part(address(case, "onlookers")).text
    assert "Other has this case open too." in agent.part(address(case, "onlookers")).text


def test_the_customers_card_has_plan_invoices_cases_and_blocks(agent, session, case):
    page = agent.get(address(case, "customer"))
    for words in ("Pro", "Open invoices $0.00", "In order", "Cases under way 1", OWNER):
        assert words in page.text


def test_everybody_of_a_customer_may_be_let_see_all_its_cases(agent, look, case, again):
    agent.get(address(case, "customer")).submit(address(case, "sharing"))
    assert case_people.is_shared(look, again().organization)
    agent.get(address(case, "customer")).submit(address(case, "sharing"))
    assert not case_people.is_shared(look, again().organization)


def test_a_macro_is_written_inserted_changed_and_removed(agent, session, case):
    assert agent.get("/staff/macros").submit("/staff/macros", name="Logs", body="Hello {name}").status == 422
    agent.get("/staff/macros").submit(
        "/staff/macros", name="Logs", body="Hello {requester}, send logs for {number}. {agent}"
    )
    assert agent.get("/staff/macros").submit("/staff/macros", name="Logs", body="Another").status == 422
    case_page = agent.get(address(case))
    option = next(one for one in case_page.soup.select("#macro option") if one.text == "Logs")
    token = case_page.soup.find("input", {"name": "csrf_token"})["value"]
    form = {"kind": "reply", "text": "First:", "macro": option["value"], "csrf_token": token}
    inserted = agent.post(address(case, "insertion"), form)
    said = f"First:\n\nHello Org Owner, send logs for {case}. Support"
    assert inserted.soup.find(id="text").text.strip().replace("\r\n", "\n") == said
    one = agent.get("/staff/macros").click("Logs")
    assert one.submit(name="Logs, please", body="Send {number}.").status == 303
    agent.get("/staff/macros").click("Logs, please").submit(f"/staff/macros/{option['value']}/removal")
    assert "No macro yet" in agent.get("/staff/macros").text


def test_a_case_is_opened_for_a_customer(agent, look, case):
    page = agent.get("/staff/cases/new?q=acme").click("Acme")
    wanted = {"subject": "She called", "description": "The **shop** is down.", "severity": "1"}
    for nobody in ("nobody@nowhere.example", "deactivated@acme.example"):
        stranger = page.submit(requester=nobody, **wanted)
        assert (stranger.status, "signs in with this address" in stranger.text) == (422, True)
    assert stranger.soup.find(id="subject")["value"] == "She called"
    done = page.submit(requester=OWNER.upper(), **wanted).follow()
    assert done.h1 == "She called"
    made = look.scalars(select(Case).where(Case.subject == "She called")).one()
    assert (made.via, made.requester.email, made.first_responded_at) == (Via.STAFF, OWNER, None)


def test_several_cases_are_changed_and_refusals_are_said_one_by_one(agent, session, case):
    case_taken = a_case_of(session, "acme", subject="Taken")
    taken = case_taken.id
    other = doing(session, "other@portal.example", as_staff=True)
    case_changes.assign(session, case_taken, other.who, other)
    session.commit()
    chosen = f"case={case}&case={taken}"
    page = agent.get(f"/staff/cases/several?action=take&{chosen}")
    assert "What another agent has stays theirs." in page.text
    token = page.soup.find("input", {"name": "csrf_token"})["value"]
    numbers = [str(case), str(taken)]
    done = agent.post("/staff/cases/several", {"csrf_token": token, "action": "take", "case": numbers})
    assert done.h1 == "Assign to me: 1 of 2 done"
    assert "Somebody else has taken it" in done.text
    solved = {"csrf_token": token, "action": "state", "state": "solved", "case": numbers}
    assert agent.post("/staff/cases/several", solved).h1 == "Set the state: 0 of 2 done"
    assert agent.post("/staff/cases/several", solved | {"close_reason": "resolved"}).h1 == "Set the state: 2 of 2 done"
    assert agent.post("/staff/cases/several", {"csrf_token": token, "action": "reply", "case": numbers}).status == 422


def test_several_become_duplicates_of_one(agent, session, case, again):
    target = a_case_of(session, "acme", subject="The one").id
    session.commit()
    page = agent.get(f"/staff/cases/several?action=duplicate&case={case}&case={target}")
    token = page.soup.find("input", {"name": "csrf_token"})["value"]
    form = {"csrf_token": token, "action": "duplicate", "other": str(target), "case": [str(case), str(target)]}
    done = agent.post("/staff/cases/several", form)
    assert "A case cannot be merged into itself." in done.text
    assert again().merged_into_id == target
