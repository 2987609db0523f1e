"""Draws one document after the other, each within bounds: `python -m invoices.press SECONDS MEGABYTES`."""

# A document comes in as its length and its JSON, and leaves as a sign, a length and the bytes of the PDF or the words
# of the refusal. The process is ended by the kernel when a document takes too long, so nothing in it can prevent that.

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import BinaryIO

from invoices.document import from_json
from invoices.presses import DRAWN, REFUSED, SIZE, TOO_MUCH
from invoices.render import render

_NICE = 5


def main(arguments: list[str]) -> int:
    """Draw what comes on standard input until it ends."""
    seconds, megabytes = map(int, arguments)
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    # People who wait for a page go before documents that wait for a machine.
    os.nice(_NICE)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not get into the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while head := sys.stdin.buffer.read(SIZE.size):
        text = sys.stdin.buffer.read(*SIZE.unpack(head)).decode()
        signal.alarm(seconds)
        sign, answer = _draw(text)
        signal.alarm(0)
        try:
            _write(answers, sign, answer)
        except BrokenPipeError:
            return 1  # Whoever asked is gone.
        if sign == TOO_MUCH:
            return 1
    return 0


def _draw(text: str) -> tuple[bytes, bytes]:
    try:
        return DRAWN, render(from_json(text))
    except (MemoryError, SystemError):  # C code that gets no memory does not always say so in Python's way
        return TOO_MUCH, b""
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one document, the next one is to be drawn
        return REFUSED, f"{type(error).__name__}: {error}".encode()


def _write(answers: BinaryIO, sign: bytes, answer: bytes) -> None:
    answers.write(sign + SIZE.pack(len(answer)))
    answers.write(answer)
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
