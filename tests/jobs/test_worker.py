"""The worker as a process of its own: it finds what is to do, begins at once when asked, and ends in order."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.database import writing
from portal.domain.looks import Look
from portal.domain.periods import Month
from portal.gateways.queue import Queue
from portal.models.documents import DocumentFile, WaitingDocument
from portal.models.invoices import Invoice, MonthClose
from portal.models.outbox import MailboxEntry
from portal.services import letters, outbox
from tests.customers import a_customer, use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parent.parent.parent
LAST = Month.of(clock.today()).preceding()
PATIENCE_SECONDS = 90


@pytest.fixture
def queue_url(database_url: str, tmp_path: Path) -> str:
    """Where tasks wait: in the database where that is PostgreSQL, else in a file of their own."""
    return database_url if database_url.startswith("postgresql") else f"sqlite:///{tmp_path / 'queue.sqlite'}"


@pytest.fixture
def environ(database_url: str, queue_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "QUEUE_URL": queue_url,
        "FILES_DIR": str(tmp_path / "files"),
        "SECRET_KEY": "k" * 40,
        "DOCUMENT_PROCESSES": "1",
        "CLOSE_AFTER_DAYS": "0",
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "worker", *arguments]


@contextmanager
def a_worker(environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command(), cwd=ROOT, env=environ) as process:
        try:
            yield process
        finally:
            process.kill()


def count(engine: Engine, table: type) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def make_customers(engine: Engine, number: int, *, used: str = "10") -> None:
    with writing(engine)() as session:
        for name in range(number):
            customer = a_customer(session, f"customer-{name}", method=None, since=LAST.first_on)
            use(session, customer, LAST.first_on, used)
        session.commit()


def test_a_worker_closes_what_has_passed_and_takes_up_at_once_what_it_is_asked_for(
    engine: Engine, environ: dict[str, str], queue_url: str
) -> None:
    make_customers(engine, 2)
    with a_worker(environ) as worker:
        # Months, their documents, and the mails with these documents: each look asks for the next.
        wait_until(lambda: count(engine, MailboxEntry) == 2)
        wait_until(lambda: count(engine, DocumentFile) == 4)
        assert (count(engine, MonthClose), count(engine, WaitingDocument)) == (2, 0)
        with writing(engine)() as session:
            letter = letters.Letter("Late", "One more.")
            outbox.post(session, letter, to=["ap@acme.example"], key="late", at=clock.now() - timedelta(seconds=1))
            session.commit()
        with closing(Queue(queue_url)) as queue:
            queue.ask([Look.MAIL])
        wait_until(lambda: count(engine, MailboxEntry) == 3)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0


def test_two_workers_at_once_double_nothing(engine: Engine, environ: dict[str, str]) -> None:
    make_customers(engine, 4)
    with a_worker(environ), a_worker(environ):
        wait_until(lambda: count(engine, MailboxEntry) == 4 and not count(engine, WaitingDocument))
    assert (count(engine, MailboxEntry), count(engine, Invoice), count(engine, DocumentFile)) == (4, 4, 8)
    with engine.connect() as connection:
        numbers = connection.scalars(select(Invoice.number).order_by(Invoice.number)).all()
    assert [number[-6:] for number in numbers] == [f"{one:06d}" for one in range(1, 5)]


def test_told_to_stop_a_worker_ends_the_step_in_hand_and_leaves_the_rest(
    engine: Engine, environ: dict[str, str]
) -> None:
    make_customers(engine, 12, used="0")
    with a_worker(environ) as worker:
        wait_until(lambda: count(engine, MonthClose) > 0)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0
    # Every closed month has its invoice; the ones to go are closed by whoever comes next.
    assert count(engine, MonthClose) == count(engine, Invoice)
    subprocess.run(command("--once"), cwd=ROOT, env=environ, check=True, timeout=PATIENCE_SECONDS)
    assert (count(engine, Invoice), count(engine, DocumentFile), count(engine, WaitingDocument)) == (12, 12, 0)


def test_a_task_says_no_more_than_its_name(tmp_path: Path) -> None:
    file = tmp_path / "queue.sqlite"
    with closing(Queue(f"sqlite:///{file}")) as queue:
        queue.ask([Look.MAIL, Look.MONTHS])
    with closing(sqlite3.connect(file)) as connection:
        said = [content for (content,) in connection.execute("SELECT data FROM task ORDER BY id")]
    assert said == [b"portal.gateways.queue.mail", b"portal.gateways.queue.months"]


def test_a_queue_that_is_out_of_reach_is_logged_and_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Queue(None).ask([Look.MAIL])
    (tmp_path / "file").write_text("no folder")
    Queue(f"sqlite:///{tmp_path / 'file' / 'queue.sqlite'}").ask([Look.MAIL])
    assert "queue was not reached" in "".join(capsys.readouterr())


def test_redis_that_takes_a_task_and_never_answers_is_given_up_at_once_and_asked_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(Queue(f"redis://127.0.0.1:{silent.getsockname()[1]}/0").ask, [Look.MAIL, Look.MONTHS])
        connection, _ = silent.accept()
        with connection:
            # By itself the client would wait for five seconds.
            connection.settimeout(4)
            while connection.recv(4096):
                pass
        asking.result(PATIENCE_SECONDS)
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
