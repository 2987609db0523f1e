"""Looks: each once at a time in a process, and what one has done is passed on to the next."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event
from typing import TYPE_CHECKING

import pytest

from invoices.archive import Archive
from invoices.presses import Presses
from portal.database import writing
from portal.domain.looks import Look
from portal.gateways.files import open_store
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs.looks import Looks, Workplace
from portal.services import looks as asked_looks
from tests.customers import a_customer, midnight, use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Engine

FEBRUARY_2 = midnight(date(2024, 2, 2))


@pytest.fixture
def workplace(engine: Engine, tmp_path: Path) -> Callable[..., Workplace]:
    def make(now: Callable[[], datetime] = lambda: FEBRUARY_2) -> Workplace:
        return Workplace(
            open_session=writing(engine),
            archive=Archive(open_store(tmp_path)),
            store=open_store(tmp_path),
            presses=Presses(1, seconds=60, megabytes=2048),
            payments=SandboxGateway(),
            scanner=None,
            mail_gateway=lambda: None,
            mail_sender=None,
            base_url="http://localhost",
            close_after_days=1,
            close_at_once=1,
            now=now,
            stopping=lambda: False,
        )

    return make


def test_a_look_that_did_something_asks_for_those_that_follow_from_it(
    engine: Engine, workplace: Callable[..., Workplace]
) -> None:
    with writing(engine)() as session:
        use(session, a_customer(session), date(2024, 1, 1), "10")
        session.commit()
    asked: list[set[Look]] = []

    def ask(looks: Iterable[Look]) -> None:
        asked.append(set(looks))

    looks = Looks(workplace(), ask)
    assert [looks.take(Look.MONTHS), looks.take(Look.MONTHS), looks.take(Look.CHARGES)] == [1, 0, 1]
    assert asked == [{Look.CHARGES, Look.DOCUMENTS, Look.MAIL}, {Look.DOCUMENTS, Look.MAIL}]


def test_asked_for_many_times_while_it_runs_a_look_is_taken_once_more(workplace: Callable[..., Workplace]) -> None:
    begun, go_on = Event(), Event()
    times = 0

    def now() -> datetime:
        nonlocal times
        times += 1
        begun.set()
        assert go_on.wait(30)
        return FEBRUARY_2

    looks = Looks(workplace(now), lambda _: None)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(looks.take, Look.CHARGES)
        assert begun.wait(30)
        assert [looks.take(Look.CHARGES) for _ in range(5)] == [0] * 5
        go_on.set()
        running.result(30)
    assert times == 2


def test_a_look_that_fails_can_be_taken_again(workplace: Callable[..., Workplace]) -> None:
    times = 0

    def now() -> datetime:
        nonlocal times
        times += 1
        if times == 1:
            raise ConnectionError("the database is gone")
        return FEBRUARY_2

    looks = Looks(workplace(now), lambda _: None)
    with pytest.raises(ConnectionError):
        looks.take(Look.CHARGES)
    assert looks.take(Look.CHARGES) == 0
    assert times == 2


def test_what_was_asked_for_in_a_session_is_told_once(engine: Engine) -> None:
    with writing(engine)() as session:
        asked_looks.ask(session, Look.MAIL)
        asked_looks.ask(session, Look.MAIL)
        assert asked_looks.asked(session) == {Look.MAIL}
        assert asked_looks.asked(session) == frozenset()
