"""Several warm processes that draw documents, each document bounded in time and memory."""

from __future__ import annotations

import signal
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import LifoQueue
from typing import IO

from invoices.document import Document, to_json
from invoices.errors import PressError

# How `invoices.press` answers: a sign, the length of what follows, and that.
SIZE = struct.Struct(">Q")
DRAWN, REFUSED, TOO_MUCH = b"+", b"-", b"!"
_ROOT = Path(__file__).resolve().parent.parent


class Presses:
    """`count` processes, started when they are first needed and kept warm; safe to use from as many threads.

    A document may take `seconds` and `megabytes` (of address space). One that takes more costs its own process alone.
    """

    def __init__(self, count: int, *, seconds: int, megabytes: int) -> None:
        self.count, self.seconds = count, seconds
        self._all = [_Press(seconds, megabytes) for _ in range(count)]
        # The one that was used last is taken first: it is warm.
        self._idle: LifoQueue[_Press] = LifoQueue()
        for press in self._all:
            self._idle.put(press)

    def draw(self, document: Document) -> bytes:
        """The PDF, as `invoices.render.render` makes it; `PressError` with the reason when there is none."""
        press = self._idle.get()
        try:
            return press.draw(document)
        finally:
            self._idle.put(press)

    def close(self) -> None:
        """End the processes; those that draw end after their document."""
        for press in self._all:
            press.close()


class _Press:
    """One process, made anew after each document that it did not survive."""

    def __init__(self, seconds: int, megabytes: int) -> None:
        self._seconds, self._megabytes = seconds, megabytes
        self._process: subprocess.Popen[bytes] | None = None

    def draw(self, document: Document) -> bytes:
        text = to_json(document, with_details=True).encode()
        process = self._started()
        assert process.stdin
        assert process.stdout
        # A process that has died does not read: why it died is found when its answer is not there.
        with suppress(BrokenPipeError):
            process.stdin.write(SIZE.pack(len(text)) + text)
            process.stdin.flush()
        sign, answer = _read(process.stdout)
        if sign == DRAWN:
            return answer
        if sign == REFUSED:
            raise PressError(answer.decode())
        self.close()
        raise PressError(self._why(sign, process.wait()))

    def close(self) -> None:
        process, self._process = self._process, None
        if process:
            for pipe in (process.stdin, process.stdout):
                assert pipe
                # What stood in it was for a process that is gone.
                with suppress(BrokenPipeError):
                    pipe.close()
            process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-m", "invoices.press", str(self._seconds), str(self._megabytes)]
            self._process = subprocess.Popen(  # noqa: S603 - a program of ours, and two numbers
                command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process

    def _why(self, sign: bytes, status: int) -> str:
        if status == -signal.SIGALRM:
            return f"It took longer than {self._seconds} seconds."
        if sign == TOO_MUCH:
            return f"It needed more than {self._megabytes} MB of memory."
        return f"The process that drew it ended with status {status}."


def _read(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """The sign and the answer; nothing where the process ended before it answered."""
    head = pipe.read(1 + SIZE.size)
    if len(head) < 1 + SIZE.size:
        return b"", b""
    (size,) = SIZE.unpack(head[1:])
    answer = pipe.read(size)
    return (head[:1], answer) if len(answer) == size else (b"", b"")
