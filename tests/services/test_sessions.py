"""Sessions as rows: found by their token while they are good, and ended at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.permissions import StaffRole
from portal.domain.sessions import EndReason, Lifetime, Lifetimes
from portal.models.sessions import AccountActivity, LoginSession
from portal.services import people, sessions
from tests.statements import asked
from tests.world import AT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIFETIMES = Lifetimes(customers=Lifetime(8 * HOUR, 7 * DAY), staff=Lifetime(HOUR, 12 * HOUR))


@pytest.fixture
def lena(session):
    return people.create_user(session, "lena@acme.example", name="Lena Hartwig", password_hash="-", at=AT)


@pytest.fixture
def agent(session):
    user = people.create_user(session, "agent@portal.example", name="Agent", password_hash="-", at=AT)
    people.grant_staff_role(session, user, StaffRole.SUPPORT)
    return user


def begin(session, user, *, at=AT, network="203.0.113.9"):
    return sessions.start(session, user, network=network, browser="Firefox on Linux", at=at)


def found(session, token, *, at=AT):
    session.expire_all()
    return sessions.find(session, token, lifetimes=LIFETIMES, at=at)


def test_a_session_is_found_by_its_token_and_the_token_is_not_in_the_database(session, lena):
    token = begin(session, lena)
    assert found(session, token).user_id == lena.id
    assert len(token) >= 43, "at least 256 bits"
    row = session.scalars(select(LoginSession)).one()
    assert token not in [row.token_hash, row.hex_id]
    assert found(session, row.token_hash) is None
    assert found(session, "") is None


def test_each_sign_in_has_another_token(session, lena):
    assert len({begin(session, lena) for _ in range(5)}) == 5


def test_the_session_and_its_person_are_one_question_to_the_database(session, agent, engine):
    token = begin(session, agent)
    session.expunge_all()
    with asked(engine) as statements:
        row = sessions.find(session, token, lifetimes=LIFETIMES, at=AT)
        assert row
        assert (row.name, row.email, row.staff_roles) == ("Agent", "agent@portal.example", frozenset({"support"}))
    assert len(statements) == 1


def test_the_sessions_of_staff_are_shorter(session, lena, agent):
    lenas, agents = begin(session, lena), begin(session, agent)
    assert found(session, lenas, at=AT + 7 * HOUR)
    assert found(session, agents, at=AT + HOUR - timedelta(seconds=1))
    assert found(session, agents, at=AT + HOUR) is None


def test_who_was_deactivated_has_no_session_though_none_was_ended(session, lena):
    token = begin(session, lena)
    assert found(session, token)
    lena.deactivated_at = AT
    session.flush()
    assert found(session, token) is None


def test_who_is_there_stays_signed_in_until_the_longest_time(session, lena):
    token = begin(session, lena)
    for hours in range(7, 24 * 7, 7):
        row = found(session, token, at=AT + hours * HOUR)
        assert row, f"after {hours} hours"
        sessions.note_seen(session, row.id, at=AT + hours * HOUR)
    assert found(session, token, at=AT + 7 * DAY) is None


def test_when_it_was_seen_is_noted_once_a_minute(session, lena):
    row = found(session, begin(session, lena))
    assert not sessions.is_to_be_noted(row, at=AT + timedelta(seconds=59))
    assert sessions.is_to_be_noted(row, at=AT + timedelta(seconds=60))


def test_an_ended_session_stays_ended_and_keeps_its_first_reason(session, lena):
    token = begin(session, lena)
    sessions.end(session, token, because=EndReason.SIGNED_OUT, at=AT)
    assert sessions.end_all(session, lena.id, because=EndReason.PASSWORD_CHANGED, at=AT + HOUR) == 0
    assert found(session, token) is None
    row = session.scalars(select(LoginSession)).one()
    assert (row.ended_because, row.ended_at) == (EndReason.SIGNED_OUT, AT)


def test_all_others_end_and_mine_stays(session, lena, agent):
    mine, other, strangers = begin(session, lena), begin(session, lena), begin(session, agent)
    ended = sessions.end_all(session, lena.id, because=EndReason.ENDED_ELSEWHERE, at=AT, but=found(session, mine))
    assert ended == 1
    assert [bool(found(session, token)) for token in (mine, other, strangers)] == [True, False, True]


def test_nobody_ends_the_session_of_somebody_else(session, lena, agent):
    token = begin(session, lena)
    hex_id = session.scalars(select(LoginSession.hex_id)).one()
    sessions.end_one(session, agent.id, hex_id, at=AT)
    assert found(session, token)
    sessions.end_one(session, lena.id, hex_id, at=AT)
    assert found(session, token) is None


def test_staff_end_all_sessions_and_who_and_why_is_kept(session, lena, agent):
    tokens = [begin(session, lena), begin(session, lena)]
    assert sessions.end_by_staff(session, lena, by=agent, reason="Her notebook was stolen.", at=AT) == 2
    assert not any(found(session, token) for token in tokens)
    kept = session.scalars(select(AccountActivity)).one()
    assert (kept.user_id, kept.by_id, kept.detail) == (lena.id, agent.id, "Her notebook was stolen.")


def test_the_list_has_what_is_still_good_and_the_last_seen_first(session, lena):
    begin(session, lena, at=AT - 9 * HOUR)
    first, second = begin(session, lena, at=AT - HOUR), begin(session, lena, at=AT - 2 * HOUR)
    sessions.end(session, begin(session, lena), because=EndReason.SIGNED_OUT, at=AT)
    listed = sessions.sessions_of(session, lena.id, lifetimes=LIFETIMES, at=AT)
    assert [row.token_hash for row in listed] == [sessions.token_hash(token) for token in (first, second)]


def test_the_one_not_seen_for_longest_makes_room(session, lena):
    oldest = begin(session, lena)
    for minutes in range(1, sessions.MOST_SESSIONS):
        begin(session, lena, at=AT + timedelta(minutes=minutes))
    assert found(session, oldest)
    begin(session, lena, at=AT + 2 * HOUR)
    assert found(session, oldest) is None
    listed = sessions.sessions_of(session, lena.id, lifetimes=LIFETIMES, at=AT + 2 * HOUR)
    assert len(listed) == sessions.MOST_SESSIONS


def test_where_somebody_signed_in_is_known_also_after_the_session_ended(session, lena, agent):
    sessions.end(session, begin(session, lena), because=EndReason.SIGNED_OUT, at=AT)
    assert sessions.is_known_at(session, lena.id, "203.0.113.9")
    assert not sessions.is_known_at(session, lena.id, "203.0.113.8")
    assert not sessions.is_known_at(session, agent.id, "203.0.113.9")
    assert not sessions.is_known_at(session, None, "203.0.113.9")


def test_sessions_go_with_their_person_and_old_ones_are_forgotten_in_batches(session, lena, agent):
    for user in (lena, lena, lena, agent):
        begin(session, user)
    begin(session, lena, at=AT + 30 * DAY)
    later = AT + 30 * DAY + timedelta(seconds=1)
    assert [sessions.forget_old(session, at=later, at_most=3) for _ in range(3)] == [3, 1, 0]
    session.delete(lena)
    session.flush()
    assert session.scalar(select(func.count()).select_from(LoginSession)) == 0
