"""Attempts are counted in the database, together for all, and only what is wrong is limited."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import database
from portal.domain.throttles import Hit, Limit
from portal.models.sessions import ThrottleCount
from portal.services import throttles
from tests.world import AT

THREE = Limit("three", 3, timedelta(minutes=15))
FIVE = Limit("five", 5, timedelta(hours=1))
LENA = Hit(THREE, "lena@acme.example")


def tries(session, count, *hits, at=AT):
    return [throttles.count(session, hits or (LENA,), at=at) for _ in range(count)]


def test_after_so_many_one_has_to_wait_until_the_window_ends(session):
    assert tries(session, 4) == [0, 0, 0, 900]
    assert tries(session, 1, at=AT + timedelta(minutes=14, milliseconds=1)) == [60]
    assert tries(session, 1, at=AT + timedelta(minutes=15)) == [0]


def test_a_new_window_begins_with_its_first_attempt(session):
    tries(session, 4)
    later = AT + timedelta(hours=1)
    assert tries(session, 4, at=later) == [0, 0, 0, 900]


def test_each_account_and_each_kind_is_counted_for_itself(session):
    tries(session, 3)
    assert tries(session, 1, Hit(THREE, "omar@acme.example")) == [0]
    assert tries(session, 1, Hit(FIVE, LENA.subject)) == [0]


def test_the_longest_wait_counts(session):
    hour = Hit(FIVE, "203.0.113.9")
    assert tries(session, 6, LENA, hour) == [0, 0, 0, 900, 900, 3600]


def test_what_was_right_is_not_counted(session):
    for _ in range(10):
        assert tries(session, 1) == [0]
        throttles.give_back(session, [LENA])


def test_who_is_here_has_all_attempts_again(session):
    tries(session, 3)
    throttles.clear(session, LENA)
    assert tries(session, 4) == [0, 0, 0, 900]


def test_what_was_typed_is_not_kept(session):
    tries(session, 1)
    assert LENA.subject not in session.scalars(select(ThrottleCount.key)).one()


def test_counts_of_the_past_are_forgotten_in_batches(session):
    for number in range(5):
        tries(session, 1, Hit(THREE, str(number)))
    tries(session, 1, Hit(FIVE, "203.0.113.9"))
    later = AT + timedelta(minutes=15)
    assert [throttles.forget_old(session, at=later, at_most=3) for _ in range(3)] == [3, 2, 0]
    assert session.scalar(select(func.count()).select_from(ThrottleCount)) == 1


@pytest.mark.parametrize("hits", [[LENA, Hit(FIVE, "203.0.113.9")], [Hit(FIVE, "203.0.113.9"), LENA]])
def test_of_many_at_once_no_more_get_through(engine, hits):
    waits: list[int] = []
    start = threading.Barrier(8)

    def attempt(order):
        start.wait()
        with database.writing(engine).begin() as own:
            waits.append(throttles.count(own, order, at=AT))

    threads = [threading.Thread(target=attempt, args=(hits[:: 1 if number % 2 else -1],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits)[:4] == [0, 0, 0, 900]
