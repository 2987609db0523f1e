"""Killed at random moments and started again, the close of a month comes to the same as undisturbed."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text, update

from portal.database import make_engine, writing
from portal.models.base import Base, UtcDateTime
from portal.models.organizations import Organization
from tests.customers import a_customer, use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.databases import Databases

KILLS = 30
ROOT = Path(__file__).resolve().parent.parent.parent
BEGIN = datetime(2024, 2, 2, 1, tzinfo=UTC)
# Longer than anybody keeps a document or a mail in hand.
PAUSE = timedelta(minutes=31)
METHODS = ("card_ok", "card_declines", "paypal_ok", None)
# How often something was tried and not what became of it; a mail's text, which has its time in it; a builder's count.
UNEQUAL = {
    "mail_attempts": None,
    "mail_recipients": {"attempts"},
    "mailbox_entries": {"content"},
    "usage_rows": {"external_id"},
}


def test_killed_thirty_times_it_comes_to_the_same_as_undisturbed(databases: Databases, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    with databases.fresh() as killed_url, databases.fresh() as undisturbed_url:
        make_customers(killed_url)
        make_customers(undisturbed_url)
        with (
            closer(undisturbed_url, tmp_path / "undisturbed") as sound,
            closer(killed_url, tmp_path / "killed") as killed,
        ):
            busy, idle = (sound.work_through(BEGIN + PAUSE * count) for count in range(2))
            kill_again_and_again(killed, killed_url, random.Random(seed), longest=idle + 2 * (busy - idle) / KILLS)
            for workers in (sound, killed):
                for days in range(3):
                    workers.work_through(BEGIN + timedelta(days=days, hours=20))
        found, expected = everything(killed_url), everything(undisturbed_url)
        assert {table: rows for table, rows in found.items() if rows != expected[table]} == {}
        assert files(tmp_path / "killed") == files(tmp_path / "undisturbed")


class Workers:
    """Forks workers one after the other, see `tests.closer`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def work_through(self, at: datetime) -> float:
        """One worker looks after everything, as if it were `at`; how many seconds it took."""
        started = time.perf_counter()
        self._start(at)
        assert self._ended() == 0
        return time.perf_counter() - started

    def kill_after(self, seconds: float, at: datetime) -> bool:
        """One worker is killed; False where it had ended before."""
        worker = self._start(at)
        time.sleep(seconds)
        os.kill(worker, signal.SIGKILL)
        return self._ended() == -signal.SIGKILL

    def _start(self, at: datetime) -> int:
        return self._told(at.isoformat())

    def _ended(self) -> int:
        return self._told("")

    def _told(self, line: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def closer(url: str, folder: Path) -> Iterator[Workers]:
    command = [sys.executable, "-m", "tests.closer", url, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Workers(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait() == 0


def kill_again_and_again(workers: Workers, url: str, chance: random.Random, *, longest: float) -> None:
    engine = make_engine(url)
    kills = 0
    for count in range(4 * KILLS):
        kills += workers.kill_after(chance.uniform(0, longest), BEGIN + (PAUSE / 4) * count)
        wait_until_alone(engine)
        if kills == KILLS:
            break
    engine.dispose()
    assert kills == KILLS


def wait_until_alone(engine: Engine) -> None:
    """Until the server has noticed who was killed: numbers are compared, and a lock passes its holder over."""
    if engine.dialect.name == "sqlite":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        while connection.scalar(others):
            # Within a transaction the server would go on saying the same.
            connection.rollback()
            time.sleep(0.005)


def make_customers(url: str) -> None:
    """Customers who are the same in each database: what is printed of them is compared, too."""
    engine = make_engine(url)
    with writing(engine)() as session:
        for number, method in enumerate(METHODS):
            customer = a_customer(session, f"customer-{number}", method=method)
            for day in range(1, 4):
                use(session, customer, date(2024, 1, day), f"{number + 1}.{day}1")
            session.execute(
                update(Organization)
                .where(Organization.id == customer.organization.id)
                .values(hex_id=f"{number:024x}")
                .execution_options(synchronize_session=False)
            )
        session.commit()
    engine.dispose()


def everything(url: str) -> dict[str, list[Any]]:
    """All rows but their instants; what is numbered by chance goes by its place, and what it belongs to by its name."""
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = {table.name: connection.execute(select(table)).mappings().all() for table in Base.metadata.sorted_tables}
    engine.dispose()
    named = names(rows)
    shown = {}
    for table in Base.metadata.sorted_tables:
        left_out = UNEQUAL.get(table.name, set())
        if left_out is not None:
            columns = [
                column for column in table.columns
                if not isinstance(column.type, UtcDateTime) and column.name not in {"id", *left_out}
            ]  # fmt: skip
            shown[table.name] = sorted(
                str({column.name: shown_value(row[column.name], column, named) for column in columns})
                for row in rows[table.name]
            )
    return shown


def names(rows: dict[str, Any]) -> dict[str, dict[int, str]]:
    """By table, what each row is called whose id may differ."""
    named = {
        table: {row["id"]: row[column] for row in rows[table]}
        for table, column in (
            ("invoices", "number"), ("documents", "number"), ("tax_invoices", "number"), ("mail_messages", "key"),
        )
    }  # fmt: skip
    named["payments"] = {
        row["id"]: f"{named['invoices'].get(row['invoice_id'])} {row['position']}" for row in rows["payments"]
    }
    named["charges"] = {
        row["id"]: f"{named['payments'][row['payment_id']]} {row['attempt']}" for row in rows["charges"]
    }
    named["mail_recipients"] = {
        row["id"]: f"{named['mail_messages'][row['message_id']]} {row['address']}" for row in rows["mail_recipients"]
    }
    return named


def shown_value(value: Any, column: Any, named: dict[str, dict[int, str]]) -> str:
    for key in column.foreign_keys:
        if key.column.table.name in named:
            value = named[key.column.table.name].get(value)
    # What was drawn by lot.
    return re.sub(r"\b[0-9a-f]{24}\b", "#", str(value))


def files(folder: Path) -> dict[str, bytes]:
    """What is archived; an unfinished file of somebody who was killed has a name that begins with a dot."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
    }  # fmt: skip
