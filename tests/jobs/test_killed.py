"""Killed at random moments and started again, the close of a month comes to the same as undisturbed."""

from __future__ import annotations

import itertools
import random
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from portal.database import make_engine, writing
from portal.models.organizations import Organization
from portal.models.subscriptions import Subscription
from tests.all_rows import everything
from tests.customers import a_customer, use
from tests.killing import Workers, closer, wait_until_alone
from tests.mixed_contracts import one_who_pays_years_in_advance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.databases import Databases

KILLS = 30
BEGIN = datetime(2024, 2, 2, 1, tzinfo=UTC)
# Longer than anybody keeps a document or a mail in hand.
PAUSE = timedelta(minutes=31)
METHODS = ("card_ok", "card_declines", "paypal_ok", None)


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


def kill_again_and_again(workers: Workers, url: str, chance: random.Random, *, longest: float) -> None:
    engine = make_engine(url)
    kills = 0
    for count in range(4 * KILLS):
        is_killed = workers.kill_after(chance.uniform(0, longest), BEGIN + (PAUSE / 4) * count)
        kills += is_killed
        if not is_killed:
            # It was done before: other tests have left the machine to it since the time was taken.
            longest *= 0.9
        wait_until_alone(engine)
        if kills == KILLS:
            break
    engine.dispose()
    assert kills == KILLS


def make_customers(url: str) -> None:
    """Customers who are the same in each database: what is printed of them is compared, too."""
    engine = make_engine(url)
    with writing(engine)() as session, counted_ids():
        customers = [a_customer(session, f"customer-{number}", method=method) for number, method in enumerate(METHODS)]
        customers.append(one_who_pays_years_in_advance(session))
        for number, customer in enumerate(customers):
            for day in range(1, 4):
                use(session, customer, date(2024, 1, day), f"{number + 1}.{day}1")
        session.commit()
    engine.dispose()


@contextmanager
def counted_ids() -> Iterator[None]:
    """The ids that stand on documents are counted, not drawn by lot."""
    numbers = itertools.count()

    def count(_row: object, _values: object, named: dict[str, Any]) -> None:
        named["hex_id"] = f"{next(numbers):024x}"

    for kind in (Organization, Subscription):
        event.listen(kind, "init", count)
    yield
    for kind in (Organization, Subscription):
        event.remove(kind, "init", count)


def files(folder: Path) -> dict[str, bytes]:
    """What is archived; an unfinished file of somebody who was killed has a name that begins with a dot."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
    }  # fmt: skip
