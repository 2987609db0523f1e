"""Measures the close of a month against one GROUP BY over its usage, and how much memory it takes."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import Engine, text

from bench import databases
from bench.customers import MONTH, Crowd, fill
from portal.database import make_engine, reading, writing
from portal.jobs import month_closes

AT = datetime(MONTH.following().year, MONTH.following().month, 1, tzinfo=UTC)
# How many batches a worker has in hand, unless a setting says otherwise.
AT_ONCE = {"sqlite": 1, "postgresql": 2}
_GROUP_BY = text(
    "SELECT organization_id, project_id, service, sku, SUM(quantity_nano) FROM usage_rows "
    "GROUP BY organization_id, project_id, service, sku"
)
# Each process is one of its own, as a worker is: nothing of ours is in its memory.
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Closed:
    """What a close took: seconds, seconds of the GROUP BY before and after, and the most memory of one process."""

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
        answers: Queue[tuple[int, float, int]] = _SPAWN.Queue()
        _group_by_seconds(engine)
        before = _group_by_seconds(engine)
        arguments = (url, AT_ONCE[kind], together, answers)
        workers = [_SPAWN.Process(target=_work, args=arguments) for _ in range(processes)]
        for worker in workers:
            worker.start()
        found = [answers.get() for _ in workers]
        for worker in workers:
            worker.join()
        group_by = (before + _group_by_seconds(engine)) / 2
    if (closed := sum(one[0] for one in found)) != crowd.organizations:
        raise RuntimeError(f"{closed} of {crowd.organizations} were closed")
    seconds = max(one[1] for one in found)
    return Closed(kind, crowd, processes, seconds, group_by, seconds / group_by, max(one[2] for one in found))


def _work(url: str, at_once: int, together: Barrier, answers: Queue[tuple[int, float, int]]) -> None:
    """Close what nobody else has in hand, and answer how many, in how many seconds, with how much memory."""
    engine = make_engine(url)
    together.wait()
    begun = time.perf_counter()
    closed = month_closes.close_together(writing(engine), at_once=at_once, after_days=0, now=lambda: AT)
    answers.put((closed, time.perf_counter() - begun, _peak_mb()))
    engine.dispose()


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
