"""The queue between those who make work and the workers: huey, on SQLite, PostgreSQL or Redis."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event, Lock

import structlog
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from sqlalchemy import make_url

from portal.domain.looks import Look

# When a worker looks without being asked: what a lost task has left behind is found then.
_TIMES = {
    Look.MONTHS: crontab(minute="*"),
    Look.CHARGES: crontab(minute="*/5"),
    # What it looks for comes with a new day.
    Look.CONTRACTS: crontab(minute="7"),
    Look.DOCUMENTS: crontab(minute="*"),
    Look.MAIL: crontab(minute="*"),
    Look.ATTACHMENTS: crontab(minute="*"),
    Look.INCOMING: crontab(minute="*"),
    Look.CASES: crontab(minute="*"),
    Look.RESETS: crontab(minute="*"),
    Look.HOUSEKEEPING: crontab(minute="17"),
}
# Told to stop, a worker ends what it has in hand. Who cannot wait sends SIGKILL, which does no harm.
_STOPS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_HEALTH_CHECK_SECONDS = 10
# For reaching Redis, and for its answer: somebody waits for a page meanwhile. A worker has all the time it likes.
_PATIENCE_SECONDS = 0.25
log = structlog.get_logger()


class Queue:
    """Where tasks wait. A task names a look and says no more: what is to do stands in the tables."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._opening = Lock()
        self._huey: Huey | None = None
        self._tasks: dict[Look, Callable[[], object]] = {}

    def ask(self, looks: Iterable[Look]) -> None:
        """Have a worker look at once. A queue that is out of reach is logged: workers look by themselves, too."""
        if self._url is None:
            return
        try:
            for look in looks:
                self._enqueue(look)
        except Exception:  # The work is committed already; that it starts a minute later must not become an error.
            log.exception("queue was not reached")

    def work(self, take: Callable[[Look], object], *, stopping: Event) -> None:
        """Take each look when it is asked for, and at its times, until the process is told to stop.

        Then `stopping` is set, and what is in hand is ended.
        """
        # Blocked in every thread and program that is started from here, so that this wait alone receives them.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        huey = _open(self._url)
        _register(huey, take)
        consumer = huey.create_consumer(workers=len(Look), max_delay=1)
        consumer.start()
        while signal.sigtimedwait(_STOPS, _HEALTH_CHECK_SECONDS) is None:
            consumer.check_worker_health()
        stopping.set()
        consumer.stop(graceful=True)

    def close(self) -> None:
        """Leave the queue; who asks again opens it again."""
        with self._opening:
            if self._huey:
                self._huey.storage.close()
            self._huey = None

    def _enqueue(self, look: Look) -> None:
        # Opened when it is first needed: a web process is forked before, and starts without the queue.
        with self._opening:
            if self._huey is None:
                self._huey = _open(self._url, patience_seconds=_PATIENCE_SECONDS)
                self._tasks = _register(self._huey, _nothing)
        self._tasks[look]()


class _NameAlone(Serializer):  # type: ignore[misc]  # huey ships no types
    """Writes a task as its name; nothing that others could have put into the queue is ever unpickled."""

    def _serialize(self, message: Message) -> bytes:
        return str(message.name).encode()

    def _deserialize(self, content: bytes) -> Message:
        return Message(id=None, name=bytes(content).decode(), args=(), kwargs={})


def _open(url: str | None, *, patience_seconds: float | None = None) -> Huey:
    options = {"results": False, "serializer": _NameAlone()}
    if url is None:
        return MemoryHuey("portal", **options)
    address = make_url(url)
    kind = address.get_backend_name()
    if kind == "postgresql":
        dsn = address.set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresHuey("portal", dsn=dsn, **options)
    if kind == "sqlite":
        file = Path(address.database or "")
        file.parent.mkdir(parents=True, exist_ok=True)
        # Not written through to the disk: a task may be lost.
        return SqliteHuey("portal", filename=str(file), fsync=False, **options)
    if patience_seconds is None:
        return RedisHuey("portal", url=url, **options)
    pool = ConnectionPool.from_url(url, socket_connect_timeout=patience_seconds, socket_timeout=patience_seconds)
    return RedisHuey("portal", connection_pool=pool, **options)


def _register(huey: Huey, take: Callable[[Look], object]) -> dict[Look, Callable[[], object]]:
    """The tasks of all looks, by which they are asked for."""

    def task(look: Look) -> Callable[[], object]:
        def run() -> None:
            take(look)

        asked: Callable[[], object] = huey.periodic_task(_TIMES[look], name=look.value)(run)
        return asked

    return {look: task(look) for look in Look}


def _nothing(_look: Look) -> None:
    """What asks does not take."""
