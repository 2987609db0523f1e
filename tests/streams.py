"""`flask usage import -` in a process of its own that has little memory, fed through a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# What the program may take beyond what it has when it begins to read; the address space is counted, not the use of it.
ROOM_BYTES = 80 * 1024**2
_IMPORT = f"""
import resource
from invoices.fonts import printable_characters
from wsgi import app
printable_characters()
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + {ROOM_BYTES}, taken + {ROOM_BYTES}))
app.cli.main(["usage", "import", "-"], prog_name="flask")
"""


@dataclass(frozen=True)
class Imported:
    """How it ended, and how much the program took out of the pipe."""

    status: int
    output: str
    errors: str
    taken_bytes: int


def import_stream(chunks: Iterable[bytes], *, database_url: str, folder: Path) -> Imported:
    """Import what comes, until the program has read enough."""
    with (
        (folder / "output").open("w+") as output,
        (folder / "errors").open("w+") as errors,
        subprocess.Popen(
            [sys.executable, "-c", _IMPORT],
            cwd=ROOT,
            env=environment(database_url, folder),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            bufsize=0,
        ) as program,
    ):
        assert program.stdin
        taken = 0
        with suppress(BrokenPipeError):
            for chunk in chunks:
                taken += program.stdin.write(chunk)
        program.stdin.close()
        status = program.wait()
        return Imported(status, (folder / "output").read_text(), (folder / "errors").read_text(), taken)


def environment(database_url: str, folder: Path) -> dict[str, str]:
    """The settings of a process on this database, whose copies of what it reads lie in `folder`."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "FILES_DIR": str(folder / "files"),
        "SECRET_KEY": "k" * 32,
        "TMPDIR": str(folder),
    }
