"""The way back for a forgotten password: a link in a mail, good once and for half an hour."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import database
from portal.domain.errors import Refusal
from portal.jobs import accounts
from portal.models.outbox import Message, Recipient
from portal.models.sessions import LoginSession, PasswordReset
from portal.services import deactivation, password_resets, people, sessions
from tests.statements import asked
from tests.world import AT

BASE = "https://portal.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def lena(session):
    return people.create_user(session, "Lena@acme.example", name="Lena Hartwig", password_hash="before", at=AT)


def ask(session, email="lena@ACME.example", *, at=AT):
    password_resets.ask(session, email, at=at)


def send(session, *, at=AT):
    """The tokens of the links that are mailed."""
    known = set(session.scalars(select(Message.id)))
    while password_resets.send_next(session, base_url=BASE, at=at):
        pass
    texts = session.scalars(select(Message.text).where(Message.id.not_in(known)).order_by(Message.id)).all()
    return re.findall(rf"^{BASE}/new-password\?token=(\S+)$", "\n".join(texts), re.MULTILINE)


def test_the_link_goes_to_the_address_of_the_account_and_the_database_has_no_token(session, lena):
    ask(session)
    (token,) = send(session)
    assert session.scalars(select(Recipient.address)).all() == ["Lena@acme.example"]
    assert len(token) >= 43, "at least 256 bits"
    assert session.scalars(select(PasswordReset.token_hash)).one() != token
    assert password_resets.find(session, token, at=AT).id == lena.id


def test_an_address_that_nobody_has_gets_nothing_and_is_not_kept(session, lena):
    ask(session, "stranger@acme.example")
    assert send(session) == []
    assert session.scalars(select(PasswordReset)).all() == []


def test_who_was_deactivated_gets_no_link(session, lena):
    deactivation.deactivate(session, lena, by=None, reason="Left", at=AT)
    ask(session)
    assert send(session) == []


def test_asking_takes_the_same_statements_for_everybody(session, lena, engine):
    needed = []
    for email in ("lena@acme.example", "stranger@acme.example"):
        with asked(engine) as statements:
            ask(session, email)
        needed.append(list(statements))
    assert needed[0] == needed[1]
    assert len(needed[0]) == 1


def test_a_link_sets_the_password_once_and_ends_every_session(session, lena):
    cookie = sessions.start(session, lena, network="-", browser="-", at=AT)
    ask(session)
    (token,) = send(session)
    password_resets.use(session, token, password_hash="after", at=AT + 29 * MINUTE)
    assert lena.password_hash == "after"
    row = session.scalars(select(LoginSession)).one()
    assert row.token_hash == sessions.token_hash(cookie)
    assert row.ended_at == AT + 29 * MINUTE
    with pytest.raises(Refusal, match="no longer good"):
        password_resets.use(session, token, password_hash="again", at=AT + 29 * MINUTE)
    assert lena.password_hash == "after"


def test_the_person_hears_that_the_password_was_changed(session, lena):
    ask(session)
    (token,) = send(session)
    password_resets.use(session, token, password_hash="after", at=AT)
    subjects = session.scalars(select(Message.subject).order_by(Message.id)).all()
    assert subjects == ["Set a new password", "Your password was changed"]


@pytest.mark.parametrize("after", [30 * MINUTE, timedelta(days=1)])
def test_after_half_an_hour_a_link_is_no_longer_good(session, lena, after):
    ask(session)
    (token,) = send(session)
    with pytest.raises(Refusal, match="no longer good"):
        password_resets.find(session, token, at=AT + after)
    with pytest.raises(Refusal, match="no longer good"):
        password_resets.use(session, token, password_hash="after", at=AT + after)


def test_only_the_newest_link_is_good(session, lena):
    ask(session)
    (older,) = send(session)
    ask(session, at=AT + MINUTE)
    (newer,) = send(session, at=AT + MINUTE)
    with pytest.raises(Refusal):
        password_resets.find(session, older, at=AT + MINUTE)
    assert password_resets.find(session, newer, at=AT + MINUTE).id == lena.id


def test_two_workers_at_once_leave_one_good_link(engine):
    open_session = database.writing(engine)
    with open_session() as session:
        people.create_user(session, "lena@acme.example", name="Lena", password_hash="before", at=AT)
        ask(session)
        ask(session)
        session.commit()

    def work():
        with open_session() as session:
            password_resets.send_next(session, base_url=BASE, at=AT)
            session.commit()

    with open_session() as first, ThreadPoolExecutor(1) as pool:
        password_resets.send_next(first, base_url=BASE, at=AT)
        second = pool.submit(work)
        # The second one waits for the first; one that does not is done by then.
        wait([second], timeout=1)
        first.commit()
        second.result()
    with open_session() as session:
        assert session.scalars(select(func.count()).where(PasswordReset.token_hash.is_not(None))).one() == 1


def test_a_request_that_waited_too_long_for_a_worker_is_dropped(session, lena):
    ask(session)
    assert send(session, at=AT + 30 * MINUTE) == []


@pytest.mark.parametrize("token", ["", "nothing", "\0", "é" * 100])
def test_what_is_no_token_is_refused(session, lena, token):
    ask(session)
    send(session)
    with pytest.raises(Refusal, match="no longer good"):
        password_resets.find(session, token, at=AT)


def test_the_job_answers_everybody_and_forgets_what_is_old(engine):
    open_session = database.writing(engine)
    with open_session.begin() as session:
        for name in ("lena", "omar"):
            people.create_user(session, f"{name}@acme.example", name=name, password_hash="-", at=AT)
            ask(session, f"{name}@acme.example")
        ask(session, "stranger@acme.example")
    assert accounts.send_resets(open_session, base_url=BASE, at=AT) == 3
    assert accounts.send_resets(open_session, base_url=BASE, at=AT) == 0
    with open_session() as session:
        assert sorted(session.scalars(select(Recipient.address))) == ["lena@acme.example", "omar@acme.example"]
    assert accounts.forget_old(open_session, at=AT + timedelta(days=30)) == 0
    assert accounts.forget_old(open_session, at=AT + timedelta(days=30, seconds=1)) == 2
