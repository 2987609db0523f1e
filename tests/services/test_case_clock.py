"""First responses that are nearly due or missed are told of, once each; solved cases close."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.database import writing
from portal.domain.cases import CaseState
from portal.jobs import cases as watch
from portal.models.case_entries import CaseEntry
from portal.models.cases import Case
from portal.models.outbox import Message, Recipient
from portal.services import case_changes, case_clock, case_severities, conversations, deactivation
from tests.supported import AT, BASE_URL, a_case, a_supported, an_agent

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme(session):
    an_agent(session, "second@portal.example")
    return a_supported(session)


def told(session, start):
    """The addresses of each mail to agents whose subject begins so."""
    rows = session.execute(
        select(Message.id, Recipient.address)
        .join(Recipient, Recipient.message_id == Message.id)
        .where(Message.subject.startswith(start))
        .order_by(Message.id, Recipient.address)
    )
    return [tuple(row) for row in rows]


def test_agents_are_warned_once_when_a_quarter_of_the_time_is_left(session, acme):
    """CLOCK-1."""
    case = a_case(session, acme, severity="1")  # due within two hours, so that half an hour is a quarter
    assert case_clock.warn(session, at=AT + 90 * MINUTE - timedelta(seconds=1), base_url=BASE_URL) == []
    assert case_clock.warn(session, at=AT + 90 * MINUTE, base_url=BASE_URL) == [case.id]
    assert case_clock.warn(session, at=AT + 91 * MINUTE, base_url=BASE_URL) == []
    assert [address for _, address in told(session, "Due at")] == ["agent@portal.example", "second@portal.example"]


def test_at_most_an_hour_before_and_to_who_has_it(session, acme):
    case = a_case(session, acme, severity="4")  # within eight hours
    case_changes.assign(session, case, acme.agent, acme.staff())
    assert case_clock.warn(session, at=AT + 7 * HOUR - MINUTE, base_url=BASE_URL) == []
    assert case_clock.warn(session, at=AT + 7 * HOUR, base_url=BASE_URL) == [case.id]
    assert [address for _, address in told(session, "Due at")] == ["agent@portal.example"]


def test_where_who_has_it_is_gone_all_are_warned(session, acme):
    case = a_case(session, acme, severity="4")
    case_changes.assign(session, case, an_agent(session, "second@portal.example"), acme.staff())
    deactivation.deactivate(
        session, an_agent(session, "second@portal.example"), by=acme.agent, reason="They left.", at=AT
    )
    assert case_clock.warn(session, at=AT + 7 * HOUR, base_url=BASE_URL) == [case.id]
    assert [address for _, address in told(session, "Due at")] == ["agent@portal.example"]


def test_what_was_missed_is_told_to_all_once(session, acme):
    """CLOCK-2."""
    case = a_case(session, acme, severity="1")
    assert case_clock.escalate(session, at=AT + 2 * HOUR - MINUTE, base_url=BASE_URL) == []
    assert case_clock.escalate(session, at=AT + 2 * HOUR, base_url=BASE_URL) == [case.id]
    assert case_clock.escalate(session, at=AT + 3 * HOUR, base_url=BASE_URL) == []
    assert len(told(session, "Missed")) == 2
    shown = conversations.entries(session, case, for_staff=False)
    assert [entry.happening for entry in shown] == [None]


def test_a_severity_that_makes_another_promise_is_watched_anew(session, acme):
    case = a_case(session, acme, severity="4")
    case_severities.assess(session, case, "1", "Production.", acme.staff(AT + HOUR))
    assert case_clock.warn(session, at=AT + 2 * HOUR + 30 * MINUTE, base_url=BASE_URL) == [case.id]
    case_severities.assess(session, case, "4", "A question.", acme.staff(AT + 2 * HOUR + 40 * MINUTE))
    assert case_clock.warn(session, at=AT + 7 * HOUR, base_url=BASE_URL) == [case.id]


def test_what_is_answered_or_solved_warns_of_nothing(session, acme):
    answered, solved = a_case(session, acme), a_case(session, acme)
    conversations.comment(session, answered, "On it.", acme.staff())
    case_changes.solve(session, solved, acme.customer())
    assert case_clock.escalate(session, at=AT + 9 * HOUR, base_url=BASE_URL) == []


def test_a_worker_does_all_of_it_and_two_do_it_once(engine):
    with writing(engine).begin() as session:
        acme = a_supported(session)
        late, solved = a_case(session, acme, severity="1"), a_case(session, acme)
        case_changes.solve(session, solved, acme.customer())
        numbers = late.id, solved.id
    week = AT + timedelta(days=8)
    assert watch.watch(writing(engine), at=week, base_url=BASE_URL) == 2
    assert watch.watch(writing(engine), at=week, base_url=BASE_URL) == 0
    with writing(engine)() as session:
        states = [session.get_one(Case, number).state for number in numbers]
        assert states == [CaseState.NEW, CaseState.CLOSED]
        assert len(session.scalars(select(CaseEntry).where(CaseEntry.case_id == numbers[0])).all()) == 2
