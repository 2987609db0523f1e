"""What staff write for staff is in no page, part of one, file, mail or search that a customer can get (CC-13)."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.cases import CaseState, Happening, Visibility
from portal.domain.response_targets import Via
from portal.models.outbox import Message
from portal.services import attachments, case_changes, case_entries, case_people, conversations
from portal.services.attached_contents import Upload
from portal.services.attachments import Draft
from portal.services.case_doing import Doing
from portal.web import files
from tests.pages import PARTIAL, Visitor
from tests.worked import a_case_of, doing

DATABASES = ("sqlite",)

AGENT, OWNER, COPIED = "support@portal.example", "org_owner@acme.example", "admin@cobalt.example"
# Words that no page says by itself.
SECRET, SUBJECT, OPEN_WORD = "quirinal", "Esquiline is slow", "palatine"


@pytest.fixture
def case(app, world):
    """A case on which staff have written in every way in which they do, for themselves and for all."""
    with app.app_context(), database.writing(app.extensions["database"]).begin() as session:
        agent, owner = doing(session, AGENT, as_staff=True), doing(session, OWNER)
        case = a_case_of(session, "acme", subject=SUBJECT, description="It is slow.", cc=[COPIED])
        note = conversations.note(session, case, f"{SECRET} is to blame.", agent)
        draft = Draft(case.organization, agent.who, case)
        upload = Upload(f"{SECRET}.txt", BytesIO(f"{SECRET} did it".encode()))
        kept = attachments.take(session, files.shelf(), upload, draft, at=clock.now())
        attachments.attach(session, note, [kept.hex_id], draft)
        outside = Doing(by=None, at=clock.now(), base_url="http://localhost", via=Via.EMAIL)
        address = f"{SECRET}@elsewhere.example"
        conversations.comment_from_outside(
            session, case, f"{SECRET}!", address, outside, quoted=SECRET, ignored=[SECRET]
        )
        case_entries.write_event(
            session, case, Happening.ASSIGNED, {"agent": SECRET}, agent, visibility=Visibility.INTERNAL, body=SECRET
        )
        conversations.comment(session, case, f"We know: {OPEN_WORD}.", agent)
        conversations.comment(session, case, "Thanks.", owner)
        case_changes.assign(session, case, agent.who, agent)
        case_changes.set_state(session, case, CaseState.PENDING, agent)
        case_people.remove_cc(session, case, case_people.current(session, case)[0], owner)
        case_people.add_cc(session, case, [COPIED], owner)
        return {
            "case_number": case.id,
            "entry_id": note.hex_id,
            "file_id": kept.hex_id,
            "name": f"{SECRET}.txt",
            "slug": "acme",
            "project": world.projects["acme"][0].hex_id,
        }


def addresses(app, known):
    """Every address of a page or file that is not staff's and can be made with these values."""
    with app.test_request_context():
        return [
            app.url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.rule.startswith("/staff") and rule.arguments <= set(known)
        ]


@pytest.mark.parametrize("email", [OWNER, COPIED])
def test_no_customer_gets_it_from_any_address(app, case, email):
    visitor = Visitor(app)
    visitor.sign_in(email)
    read = []
    for address in addresses(app, case):
        ways = (
            [("", {}), ("", PARTIAL), ("?after=0", PARTIAL)]
            if "/support/" in address or "cases" in address
            else [("", {})]
        )
        for query, headers in ways:
            answer = visitor.client.get(f"{address}{query}", headers=headers, buffered=True)
            body = answer.get_data(as_text=True)
            assert answer.status_code < 500, address
            if SECRET in address:  # The file of the note.
                assert answer.status_code in (403, 404), address
                continue
            assert SECRET not in body, f"{address}{query} tells it"
            read += [address] if OPEN_WORD in body else []
            if SUBJECT not in body:
                continue
            # A list that searches shows the case for neither word.
            asked = {
                word: visitor.client.get(f"{address}?q={word}", headers=headers, buffered=True)
                for word in (SECRET, "zzzz")
            }
            by_word = [SUBJECT in answer.get_data(as_text=True) for answer in asked.values()]
            assert by_word in ([True, True], [False, False]), f"{address} finds by it"
    # Else the walk proves nothing: who is on the case reads what is for all.
    assert any(f"/cases/{case['case_number']}" in address for address in read)


def test_no_mail_says_it(app, case):
    with database.reading(app.extensions["database"])() as session:
        mails = session.execute(select(Message.subject, Message.text)).all()
    assert any(OPEN_WORD in text for _, text in mails)
    assert not [subject for subject, text in mails if SECRET in subject or SECRET in text]


def test_staff_read_all_of_it(app, case):
    agent = Visitor(app)
    agent.sign_in(AGENT)
    text = agent.get(f"/staff/cases/{case['case_number']}").text
    assert (f"{SECRET} is to blame." in text, f"{SECRET}.txt" in text, OPEN_WORD in text) == (True, True, True)
