"""Starts the web server as in service, with the portal in it or a bare Flask route: `python -m bench.server bare`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask

bare = Flask("bare")


@bare.get("/")
def hello() -> str:
    """As little as a route can do."""
    return "Hello"


@contextmanager
def running(what: str, settings: Mapping[str, str]) -> Iterator[int]:
    """The server with `portal` or `bare` in it, one process and one thread, on the port that it gives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    chosen = {"PORT": str(port), "WEB_WORKERS": "1", "WEB_THREADS": "1", "METRICS_PORT": "0", **settings}
    process = subprocess.Popen([sys.executable, "-m", "bench.server", what], env={**os.environ, **chosen})
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


if __name__ == "__main__":
    from portal import serving

    if sys.argv[1] == "bare":
        # The same server with the same settings; only what it serves is another.
        serving._APPLICATION = "bench.server:bare"
    serving.main()
