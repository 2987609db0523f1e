"""A real S3-compatible server with one bucket, on a port of its own."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "papers"


@dataclass(frozen=True)
class Bucket:
    """Where the bucket is, who may write to it, and the folder in which the server keeps it."""

    endpoint: str
    environ: dict[str, str]
    folder: Path
    url: str = f"s3://{BUCKET}/portal"


@contextmanager
def serve_bucket(folder: Path) -> Iterator[Bucket]:
    """Start the server with the files below `folder`, and stop it afterwards."""
    (folder / BUCKET).mkdir(parents=True)
    key, secret = secrets.token_hex(8), secrets.token_hex(16)
    port = _free_port()
    program = Path(sys.executable).with_name("rclone")
    place = ["--config=/dev/null", f"--auth-key={key},{secret}", f"--addr=127.0.0.1:{port}"]
    server = subprocess.Popen(
        [program, "serve", "s3", *place, folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        environ = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1"}
        yield Bucket(f"http://127.0.0.1:{port}", environ, folder / BUCKET / "portal")
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("rclone does not serve its bucket")
