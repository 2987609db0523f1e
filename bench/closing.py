"""Measures the close of a month against one GROUP BY over its usage, and how much memory it takes."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import Engine, text

from bench import databases
from bench.customers import MONTH, Crowd, fill
from portal.database import make_engine, reading, writing
from portal.jobs import month_closes

AT = datetime(MONTH.following().year, MONTH.following().month, 1, tzinfo=UTC)
QUARTERS = 4
_GROUP_BY = text(
    "SELECT organization_id, project_id, service, sku, SUM(quantity_nano) FROM usage_rows "
    "GROUP BY organization_id, project_id, service, sku"
)
# Each process is one of its own, as a worker is: nothing of ours is in its memory.
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Closed:
    """What a close took: seconds, seconds of the GROUP BY meanwhile, and the most memory of one process."""

    kind: str
    crowd: Crowd
    processes: int
    seconds: float
    group_by_seconds: float
    ratio: float
    peak_mb: int


def measure(kind: str, crowd: Crowd, *, processes: int = 1) -> Closed:
    """Close the month of the crowd in a database of `kind` with so many workers at once."""
    with databases.fresh(kind) as engine:
        fill(engine, crowd)
        url = engine.url.set(drivername=kind).render_as_string(hide_password=False)
        together = _SPAWN.Barrier(processes)
        answers: Queue[tuple[float, float, float, int]] = _SPAWN.Queue()
        arguments = (url, crowd.organizations // QUARTERS, processes == 1, together, answers)
        workers = [_SPAWN.Process(target=_work, args=arguments) for _ in range(processes)]
        for worker in workers:
            worker.start()
        found = [answers.get() for _ in workers]
        for worker in workers:
            worker.join()
    seconds, group_by = max(one[0] for one in found), statistics.median(one[1] for one in found)
    ratio = found[0][2] if processes == 1 else seconds / group_by
    return Closed(kind, crowd, processes, seconds, group_by, ratio, max(one[3] for one in found))


def _work(
    url: str, a_quarter: int, alone: bool, together: Barrier, answers: Queue[tuple[float, float, float, int]]
) -> None:
    """Close what nobody else has in hand; who is alone asks the GROUP BY again after each quarter."""
    engine = make_engine(url)
    outcomes = month_closes.close_ended(writing(engine), after_days=0, now=lambda: AT)
    _group_by_seconds(engine)
    group_by = [_group_by_seconds(engine)]
    seconds: list[float] = []
    together.wait()
    while taken := _seconds_of(outcomes, a_quarter if alone else None):
        seconds.append(taken)
        if alone:
            group_by.append(_group_by_seconds(engine))
    ratios = [QUARTERS * quarter * 2 / sum(group_by[index : index + 2]) for index, quarter in enumerate(seconds)]
    answers.put((sum(seconds), statistics.median(group_by), statistics.median(ratios or [0]), _peak_mb()))
    engine.dispose()


def _seconds_of(outcomes: Iterator[month_closes.Outcome], most: int | None) -> float:
    """How long the next outcomes took; 0 where there are none. A fault ends the bench."""
    begun = time.perf_counter()
    closed = list(islice(outcomes, most))
    if faults := [outcome for outcome in closed if not outcome.numbers]:
        raise RuntimeError(f"not closed: {faults[0]}")
    return time.perf_counter() - begun if closed else 0.0


def _peak_mb() -> int:
    """The most memory that this program had; what `getrusage` says counts the process that started it, too."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _group_by_seconds(engine: Engine) -> float:
    taken = []
    for _ in range(3):
        with reading(engine)() as session:
            begun = time.perf_counter()
            session.execute(_GROUP_BY).all()
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
