"""What is counted while the portal runs, for Prometheus; with PROMETHEUS_MULTIPROC_DIR, of all processes together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import Counter, Histogram

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Each has labels, of which there are few values: what strangers can make up, such as paths, is none.
_REQUESTS = Histogram(
    "portal_request_seconds",
    "Time to answer requests, by the pattern of their address",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_QUERIES = Histogram(
    "portal_request_queries",
    "Statements that a request asks of the database",
    ["route"],
    buckets=(0, 1, 2, 4, 8, 16, 32),
)
_JOBS = Histogram(
    "portal_job_seconds",
    "Time that steps of background work take",
    ["job", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
_EVENTS = Counter("portal_events", "Things that happened and are worth watching", ["event"])


def request_answered(method: str, route: str | None, status: int, *, seconds: float, queries: int) -> None:
    """Count a request; `route` is the pattern of its address, None where there is no such page."""
    pattern = route or "none"
    _REQUESTS.labels(method if method in _METHODS else "other", pattern, str(status)).observe(seconds)
    _QUERIES.labels(pattern).observe(queries)


@contextmanager
def job(name: str) -> Iterator[None]:
    """Measure one step of background work, such as closing one organization's month; what it raises is passed on."""
    began = time.perf_counter()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        _JOBS.labels(name, outcome).observe(time.perf_counter() - began)


def happened(event: str) -> None:
    """Count something that happened: `sign-in throttled`, `organization set aside`."""
    _EVENTS.labels(event).inc()


def processes(folder: Path) -> set[int]:
    """The ids of the processes that count in `folder` and have not ended."""
    return {process for process in map(_process_of, folder.glob("*.db")) if _lives(process)}


def forget_ended(folder: Path) -> None:
    """Remove what ended processes counted: a server that starts begins from nothing, which Prometheus is used to."""
    for file in folder.glob("*.db"):
        if not _lives(_process_of(file)):
            file.unlink(missing_ok=True)


def _process_of(file: Path) -> int:
    # The library calls its files KIND_PROCESS.db.
    return int(file.stem.rpartition("_")[2])


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()
