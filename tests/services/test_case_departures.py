"""Who left, or may sign in no more, gets no case by a way around: a merge, or an address on CC (CASE-9, CASE-11)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.domain.permissions import Grants
from portal.models.cases import Case
from portal.models.outbox import Recipient
from portal.services import (
    case_access,
    case_changes,
    case_news,
    case_people,
    cases,
    conversations,
    deactivation,
    role_changes,
)  # fmt: skip
from portal.services.cases import NewCase
from tests.statements import asked
from tests.supported import AT, a_case, a_person, a_supported

GONE = "gone@acme.example"


@pytest.fixture
def acme(session):
    return a_supported(session)


@pytest.fixture
def gone(session, acme):
    """Somebody of the customer's, who will leave."""
    return a_person(session, acme.organization, GONE, Grants(frozenset({"ORG_OWNER"})))


@pytest.fixture
def theirs(session, acme, gone):
    """A case that they opened."""
    wanted = NewCase(subject="Mine", description="Slow.", severity="2")
    return cases.open_case(session, acme.organization, wanted, acme.customer(by=gone))


def mails_to(session, address):
    return session.scalar(select(func.count()).where(Recipient.address == address))


def on_cc(session, case):
    return [participant.address for participant in case_people.current(session, case)]


def test_a_merge_takes_along_whoever_asked(session, acme, theirs):
    target = a_case(session, acme)
    case_changes.merge(session, theirs, target, acme.staff())
    assert on_cc(session, target) == [GONE]


def test_a_merge_gives_no_case_to_who_left(session, acme, gone, theirs):
    target = a_case(session, acme, description="For those inside alone.")
    role_changes.leave(session, acme.organization, by=gone, at=AT)
    before = mails_to(session, GONE)
    assert case_changes.people_of(session, theirs) == []
    case_changes.merge(session, theirs, target, acme.staff())
    assert not case_access.rights(session, target, gone).may_see
    assert (on_cc(session, target), mails_to(session, GONE)) == ([], before)


def test_nobody_writes_to_who_may_sign_in_no_more(session, acme, gone, theirs):
    deactivation.deactivate(session, gone, by=acme.agent, reason="They left.", at=AT)
    before = mails_to(session, GONE)
    target = a_case(session, acme, cc=[GONE])
    case_changes.merge(session, theirs, target, acme.staff())
    conversations.comment(session, target, "Found it.", acme.staff())
    assert mails_to(session, GONE) == before


def test_it_takes_as_many_queries_to_tell_many_followers_as_to_tell_few(session, engine, acme):
    case = a_case(session, acme)
    counts = []
    for few_or_many in (range(2), range(2, 12)):
        for number in few_or_many:
            follower = a_person(
                session, acme.organization, f"f{number}@acme.example", Grants(frozenset({"ORG_READ_ONLY"}))
            )
            case_people.follow_all(session, acme.organization, acme.customer(by=follower))
        session.flush()
        session.expire_all()
        with asked(engine) as statements:
            told = case_news.people(session, session.get_one(Case, case.id))
        counts.append(len(statements))
        assert len(told) == few_or_many.stop + 1
    assert counts[0] == counts[1]
