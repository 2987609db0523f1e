"""Workers that are killed: at a moment, or right before something that they write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Engine

    from portal.domain.looks import Look


class End(Enum):
    """How a worker ended that was to be killed at a write."""

    BY_ITSELF = 0
    BEFORE_A_COMMIT = -signal.SIGKILL
    AFTER_A_COMMIT = -signal.SIGTERM


ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def closer(url: str, folder: Path) -> Iterator[Workers]:
    """Workers on this database, with this folder for their files."""
    command = [sys.executable, "-m", "tests.closer", url, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Workers(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait() == 0


class Workers:
    """Forks workers one after the other, see `tests.closer`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def work_through(self, at: datetime, *looks: Look) -> float:
        """One worker looks after these, or everything, as if it were `at`; how many seconds it took."""
        started = time.perf_counter()
        self._told(at.isoformat(), *looks)
        assert self._ended() == 0
        return time.perf_counter() - started

    def kill_after(self, seconds: float, at: datetime) -> bool:
        """One worker is killed; False where it had ended before."""
        worker = self._told(at.isoformat())
        time.sleep(seconds)
        os.kill(worker, signal.SIGKILL)
        return self._ended() == -signal.SIGKILL

    def kill_at(self, write: int, look: Look, at: datetime) -> End:
        """One worker takes `look` and is killed right before it writes for so many times, commits included."""
        self._told(at.isoformat(), look, str(write))
        return End(self._ended())

    def _ended(self) -> int:
        return self._told("")

    def _told(self, *words: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{' '.join(words)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


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
