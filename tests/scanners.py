"""Scanners for tests: one that speaks clamd's protocol and answers as it is told to, and a real clamd."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from portal.gateways.scanning.clamd import Clamd

if TYPE_CHECKING:
    from collections.abc import Iterator

# The harmless file that every scanner takes for a virus; written so that no scanner takes this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
FOUND = "stream: Eicar-Test-Signature FOUND"
PROGRAM = shutil.which("clamd", path="/usr/sbin:/usr/bin:/sbin:/bin")


@dataclass
class ToldScanner:
    """What the scanner says: `always`, or else what it finds; `seen` is what it was sent."""

    always: str | None = None
    seen: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def clamd(self) -> Clamd:
        return Clamd(port=self.port, timeout_seconds=2)

    def answer(self, content: bytes) -> str:
        self.seen.append(content)
        return self.always or (FOUND if EICAR in content else "stream: OK")


@contextmanager
def told_scanner() -> Iterator[ToldScanner]:
    """A server that is told what to say; it ends with the block."""
    scanner = ToldScanner()
    with socket.create_server(("127.0.0.1", 0)) as server:
        scanner.port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, scanner))
        thread.start()
        try:
            yield scanner
        finally:
            # Who waits for a line to come in wakes up for this alone.
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, scanner: ToldScanner) -> None:
    with suppress(OSError):
        while True:
            line, _ = server.accept()
            with line, line.makefile("rb") as heard:
                assert heard.read(10) == b"zINSTREAM\0"
                content = b""
                while size := int.from_bytes(heard.read(4), "big"):
                    content += heard.read(size)
                answer = scanner.answer(content)
                # "drop" hangs up without a word.
                if answer != "drop":
                    line.sendall(answer.encode() + b"\0")


@contextmanager
def real_clamd(folder: Path) -> Iterator[Clamd]:
    """Debian's clamd, which knows EICAR alone: it needs no signatures from elsewhere."""
    assert PROGRAM
    signatures = folder / "signatures"
    signatures.mkdir()
    (signatures / "own.ndb").write_text(f"Eicar-Test-Signature:0:0:{EICAR.hex()}\n")
    path = folder / "clamd.sock"
    (folder / "clamd.conf").write_text(
        f"LocalSocket {path}\nDatabaseDirectory {signatures}\nForeground yes\nStreamMaxLength 1M\n"
    )
    command = [PROGRAM, "--config-file", str(folder / "clamd.conf")]
    with (folder / "clamd.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            _wait_for(path, server)
            yield Clamd(path=str(path))
        finally:
            server.terminate()


def _wait_for(path: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(path))
            return
        assert server.poll() is None, (path.parent / "clamd.log").read_text()
        time.sleep(0.05)
    raise AssertionError("clamd does not listen")
