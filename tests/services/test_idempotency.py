"""A request that comes twice is done once: its key is claimed in the transaction that does it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from portal.database import writing
from portal.jobs import housekeeping
from portal.models.idempotency import AnsweredRequest
from portal.services import idempotency
from portal.services.idempotency import Answer, Sent, SentOtherwise

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENT = Sent(holder="user:7", endpoint="billing.change_profile", key="k-1", fingerprint="f" * 64)
ANSWER = Answer(
    status=303,
    headers={"Location": "/there"},
    body="gone\0there",
    is_part=False,
    otherwise="/there",
    news=[["message", "Größe is saved."]],
)
MOMENT_SECONDS = 0.3
PATIENCE_SECONDS = 10


def answer(session, sent=SENT):
    """Do a request as a route does; what it got before, where it came before."""
    before = idempotency.claim(session, sent, at=AT)
    if before is None:
        idempotency.keep(session, sent, ANSWER)
    session.commit()
    return before


def test_the_second_gets_the_answer_of_the_first(session):
    assert answer(session) is None
    assert answer(session) == ANSWER


def test_a_key_that_comes_with_something_else_is_refused(session):
    answer(session)
    with pytest.raises(SentOtherwise):
        answer(session, replace(SENT, fingerprint="0" * 64))


@pytest.mark.parametrize("other", [{"holder": "user:8"}, {"endpoint": "staff.close"}, {"key": "K-1"}])
def test_a_key_is_of_one_person_and_one_route(session, other):
    answer(session)
    assert answer(session, replace(SENT, **other)) is None


def test_what_was_not_committed_leaves_the_key_free(session):
    idempotency.claim(session, SENT, at=AT)
    session.rollback()
    assert answer(session, replace(SENT, fingerprint="0" * 64)) is None


@pytest.mark.parametrize("first_ends_well", [True, False])
def test_who_comes_at_the_same_moment_waits_for_the_end_of_the_first(engine, session, first_ends_well):
    idempotency.claim(session, SENT, at=AT)
    idempotency.keep(session, SENT, ANSWER)
    got = []
    done = threading.Event()

    def second():
        with writing(engine)() as own:
            got.append(answer(own))
        done.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert not done.wait(MOMENT_SECONDS)
    session.commit() if first_ends_well else session.rollback()
    assert done.wait(PATIENCE_SECONDS)
    thread.join()
    assert got == [ANSWER if first_ends_well else None]


def test_old_answers_go_in_batches_and_young_ones_stay(engine, session):
    """KEY-5."""
    limit = AT - idempotency.KEPT_FOR
    made = [limit - timedelta(seconds=1)] * (2 * housekeeping.BATCH + 1) + [limit, AT]
    rows = [
        {"holder": "nobody", "endpoint": "e", "key": str(number), "fingerprint": "f", "made_at": made_at}
        for number, made_at in enumerate(made)
    ]
    session.execute(insert(AnsweredRequest), rows)
    session.commit()
    assert housekeeping.clean(writing(engine), at=AT) == 2 * housekeeping.BATCH + 1
    assert session.scalar(select(func.count()).select_from(AnsweredRequest)) == 2
    session.rollback()
    assert housekeeping.clean(writing(engine), at=AT) == 0
