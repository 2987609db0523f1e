"""Killed before each thing that it writes, a close of contracts and credits comes to the same as undisturbed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from portal.database import make_engine, writing
from portal.domain.looks import Look
from tests import mixed_contracts
from tests.all_rows import everything
from tests.killing import End, Workers, closer, wait_until_alone

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases import Databases

NOVEMBER_IS_OVER = datetime(2024, 12, 2, 1, tzinfo=UTC)
# December ends what is committed to, and on the day after it a second year begins.
YEAR_IS_OVER = datetime(2025, 1, 2, 1, tzinfo=UTC)
LOOKS = (Look.MONTHS, Look.CONTRACTS)


def test_killed_before_each_write_it_comes_to_the_same_as_undisturbed(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh() as killed_url, databases.fresh() as undisturbed_url:
        for url in (killed_url, undisturbed_url):
            make_customers(url)
        with closer(undisturbed_url, tmp_path) as sound, closer(killed_url, tmp_path) as killed:
            for workers in (sound, killed):
                workers.work_through(NOVEMBER_IS_OVER, *LOOKS)
            sound.work_through(YEAR_IS_OVER, *LOOKS)
            for look in LOOKS:
                assert kill_at_each_write(killed, killed_url, look) > 4
            for workers in (sound, killed):
                workers.work_through(YEAR_IS_OVER + timedelta(hours=1), Look.MONTHS, Look.CHARGES, Look.CONTRACTS)
        found, expected = everything(killed_url), everything(undisturbed_url)
    assert {table: rows for table, rows in found.items() if rows != expected[table]} == {}
    for table in ("invoices", "draws", "payments", "payment_shares", "order_forms", "tax_invoices"):
        assert found[table], table


def make_customers(url: str) -> None:
    engine = make_engine(url)
    with writing(engine)() as session:
        customers = mixed_contracts.everybody(session)
        mixed_contracts.use_in_months(session, customers, [date(2024, 1, 1), date(2024, 12, 1)])
        session.commit()
    engine.dispose()


def kill_at_each_write(workers: Workers, url: str, look: Look) -> int:
    """How many were killed until one got through."""
    engine = make_engine(url)
    write, kills = 1, 0
    while (end := workers.kill_at(write, look, YEAR_IS_OVER)) is not End.BY_ITSELF:
        wait_until_alone(engine)
        kills += 1
        assert kills < 200, "It begins from the start for ever."
        # What was committed is behind the next worker, whose writes begin with what comes after.
        write = write + 1 if end is End.BEFORE_A_COMMIT else 1
    engine.dispose()
    return kills
