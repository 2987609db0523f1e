"""Shows what is counted, on a port of its own that every process of the portal can answer."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, MetricsHandler
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portal import clock, database, metrics
from portal.config.metrics import MetricsSettings
from portal.services import backlog

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_log = structlog.get_logger()


def start(engine: Engine, settings: MetricsSettings) -> None:
    """Answer on the port of the settings, in a thread; port 0 does nothing.

    All processes listen on one port, and whoever is asked answers for all: a worker that ends leaves no gap.
    """
    if not settings.port or settings.folder is None:
        return
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.folder))  # type: ignore[no-untyped-call]
    registry.register(_Waiting(engine))
    registry.register(_Processes(settings.folder))
    try:
        server = _Server((settings.host, settings.port), MetricsHandler.factory(registry))
    except OSError as error:
        # Who serves customers does not end because nobody can watch.
        _log.error("metrics port cannot be opened", port=settings.port, reason=error.strerror)
        return
    # Signals are for the threads that know what to do with them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Server(ThreadingHTTPServer):
    allow_reuse_port = True
    daemon_threads = True


class _Waiting(Collector):
    """What the tables say of work in the background, at the moment of asking."""

    def __init__(self, engine: Engine) -> None:
        self._open_session = database.reading(engine)

    def collect(self) -> Iterator[Metric]:
        try:
            with self._open_session() as session:
                found = backlog.measure(session, at=clock.now())
        except SQLAlchemyError:
            yield _gauge("portal_database_up", "Whether the database answers", 0)
            return
        yield _gauge("portal_database_up", "Whether the database answers", 1)
        lag = "How long the oldest mail that is due has been due"
        yield _gauge("portal_mail_lag_seconds", lag, found.mail_lag.total_seconds())
        yield _gauge("portal_mail_due", "Recipients whose mail is due", found.mail_due)
        yield _gauge("portal_documents_waiting", "Issued documents without a PDF", found.documents)
        yield _gauge("portal_set_aside", "Organizations whose month could not be closed", found.set_aside)


class _Processes(Collector):
    """The processes of the portal on this machine that have counted something."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        living = [Path(f"/proc/{process}") for process in metrics.processes(self._folder)]
        resident = open_files = 0
        for process in living:
            try:
                resident += int((process / "statm").read_text("ascii").split()[1]) * _PAGE_BYTES
                open_files += len(list((process / "fd").iterdir()))
            except OSError:  # It has ended since, or is another user's.
                continue
        yield _gauge("portal_processes", "Processes that count", len(living))
        yield _gauge("portal_resident_bytes", "Memory of these processes together", resident)
        yield _gauge("portal_open_files", "Open files of these processes together", open_files)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)
