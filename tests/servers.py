"""The portal in processes of its own, on ports of their own, as several machines would run it on one database."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "k" * 32
_SERVE = """
import os
from werkzeug.serving import make_server
from portal.app import create_app
from portal.config import Settings
server = make_server("127.0.0.1", 0, create_app(Settings.from_environment(os.environ)), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def serving(database_url: str, folder: Path, *, processes: int = 2) -> Iterator[list[str]]:
    """The addresses of so many portals, each a process; they end with the block."""
    environ = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "FILES_DIR": str(folder / "files"),
        "BASE_URL": "http://127.0.0.1",
    }
    with ExitStack() as started:
        servers = [started.enter_context(_process(environ, folder / f"{n}.log")) for n in range(processes)]
        ports = [_first_line(server) for server in servers]
        yield [f"http://127.0.0.1:{port}" for port in ports]


@contextmanager
def _process(environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-c", _SERVE], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as server,
    ):
        try:
            yield server
        finally:
            server.kill()


def _first_line(server: subprocess.Popen[str]) -> str:
    assert server.stdout
    line = server.stdout.readline().strip()
    assert line, "the portal did not start; its log is in the test's folder"
    return line
