"""The quarantine over HTTP: mail is read safely, put into a case, made a case of, answered once, or discarded."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.incoming.states import IncomingState
from portal.models.cases import Case
from portal.models.incoming_mail import IncomingMail
from portal.models.outbox import Message
from portal.services import conversations, incoming_mail
from portal.services.incoming_mail import Arrival
from tests.worked import a_case_of

DATABASES = ("sqlite",)

OWNER = "org_owner@acme.example"


@pytest.fixture
def session(app):
    with database.writing(app.extensions["database"])() as session:
        yield session


@pytest.fixture
def agent(visitor):
    visitor.sign_in("support@portal.example")
    return visitor


@pytest.fixture
def arrived(session, world):
    """Where a mail of a sender stands that waits for staff."""

    def arrive(sender="bob@elsewhere.example", text="It is broken here, too."):
        raw = (
            f"From: Bob <{sender}>\r\nTo: support@portal.example\r\nSubject: Me too\r\n"
            f"Content-Type: text/html\r\n\r\n<p>{text}</p><script>alert(1)</script><img src=http://evil.example/x>\r\n"
        )
        incoming_mail.receive(session, Arrival(raw.encode(), sender), at=clock.now())
        mail = session.scalars(select(IncomingMail)).one()
        incoming_mail.settle(mail, IncomingState.QUARANTINED, "Nobody knows its sender.", at=clock.now())
        path = f"/staff/quarantine/{mail.hex_id}"
        session.commit()
        return path

    return arrive


def state_of(session):
    found = session.scalars(select(IncomingMail.state)).one()
    session.rollback()
    return found


def test_a_mail_is_listed_and_read_without_anything_that_runs_or_loads(agent, arrived):
    path = arrived()
    page = agent.get("/staff/quarantine").click("Me too")
    assert page.answer.request.path == path
    assert "It is broken here, too." in page.soup.find("pre").text
    assert not page.soup.select("main script, main img")
    assert "Nothing waits here" not in agent.get("/staff/quarantine?q=bob").text
    assert "No mail fits" in agent.get("/staff/quarantine?state=discarded").text


def test_a_mail_of_a_stranger_becomes_an_outsiders_answer(agent, session, arrived):
    number = a_case_of(session, "acme").id
    session.commit()
    page = agent.get(arrived())
    path = page.answer.request.path
    assert page.submit(f"{path}/release", other="99999").status == 422
    landed = agent.get(path).submit(f"{path}/release", other=str(number)).follow()
    assert "It is broken here, too." in landed.text
    case = session.get_one(Case, number)
    assert len(conversations.entries(session, case, for_staff=False)) == 1
    session.rollback()
    assert state_of(session) is IncomingState.PROCESSED
    assert agent.get(path).soup.find(id="release-head") is None


def test_a_mail_of_a_customer_becomes_a_case_of_theirs(agent, session, arrived):
    a_case_of(session, "acme")
    session.commit()
    path = arrived(OWNER)
    landed = agent.get(path).submit(f"{path}/case").follow()
    assert (landed.h1, "by mail" in landed.text) == ("Me too", True)


def test_its_sender_is_answered_once_and_gets_nothing_of_the_mail(agent, session, arrived):
    path = arrived()
    assert agent.get(path).submit(f"{path}/answer", words=" ").status == 422
    page = agent.get(path)
    again = agent.get(path)
    page.submit(f"{path}/answer", words="Please sign in first.")
    assert again.submit(f"{path}/answer", words="Once more.").status == 422
    (text,) = session.scalars(select(Message.text).where(Message.key.like("incoming % answer"))).all()
    session.rollback()
    assert ("Please sign in first." in text, "broken" in text) == (True, False)
    assert "Answer its sender" not in agent.get(path).text


def test_a_mail_is_discarded_and_stays_kept(agent, session, arrived):
    path = arrived()
    assert agent.get(path).submit(f"{path}/discarding").status == 303
    assert state_of(session) is IncomingState.DISCARDED
    assert "Discarded" in agent.get("/staff/quarantine?state=discarded").text
    assert agent.get(path).submit(f"{path}/answer", words="We have laid it aside.").status == 303


@pytest.mark.parametrize("email", ["sales@portal.example", OWNER])
def test_nobody_else_reads_it(visitor, arrived, email):
    path = arrived()
    visitor.sign_in(email)
    assert [visitor.get(path).status, visitor.get("/staff/quarantine").status] == [403, 403]
