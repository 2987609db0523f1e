"""ClamAV's daemon, over a socket of this machine or over TCP."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from portal.gateways.scanning import UnreachableError, UnscannedError

_LENGTH = struct.Struct("!I")
_LONGEST_ANSWER = 4096
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")


@dataclass(frozen=True, slots=True)
class Clamd:
    """Where the daemon listens: a socket's `path`, or else `host` and `port`.

    `timeout_seconds` is how long it may take to answer; a large archive takes some of them.
    """

    path: str | None = None
    host: str = "127.0.0.1"
    port: int = 3310
    timeout_seconds: int = 60

    def scan(self, pieces: Iterable[bytes]) -> str | None:
        """What was found; `UnreachableError` where nobody answers, `UnscannedError` for any other answer."""
        try:
            with self._dial() as line:
                _send(line, pieces)
                answer = _answer(line)
        except OSError as fault:
            raise UnreachableError(str(fault) or type(fault).__name__) from fault
        if answer == "stream: OK":
            return None
        found = _FOUND.fullmatch(answer)
        if found is None:
            raise UnscannedError(answer or "no answer")
        return found[1]

    def _dial(self) -> socket.socket:
        if self.path is None:
            return socket.create_connection((self.host, self.port), self.timeout_seconds)
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(self.timeout_seconds)
        try:
            line.connect(self.path)
        except OSError:
            line.close()
            raise
        return line


def _send(line: socket.socket, pieces: Iterable[bytes]) -> None:
    """The command, each piece after its length, and nothing at the end."""
    # Who has heard enough closes the line, and has said why.
    with suppress(BrokenPipeError, ConnectionResetError):
        line.sendall(b"zINSTREAM\0")
        for piece in pieces:
            if piece:
                line.sendall(_LENGTH.pack(len(piece)) + piece)
        line.sendall(_LENGTH.pack(0))


def _answer(line: socket.socket) -> str:
    """What it says, up to the sign that ends it; an answer that is cut off is none."""
    said = b""
    while not said.endswith(b"\0"):
        part = line.recv(_LONGEST_ANSWER)
        if not part or len(said) > _LONGEST_ANSWER:
            return ""
        said += part
    return said[:-1].decode("utf-8", "replace").strip()
