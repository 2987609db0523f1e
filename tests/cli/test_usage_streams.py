"""`flask usage import -` and streams that never make sense: a clear error, soon, and in little memory."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from portal.services import usage
from tests.architecture.sources import ROOT
from tests.builders import a_project, an_organization
from tests.streams import environment, import_stream
from tests.usage_texts import HEADING, a_file, a_row

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASES = ("sqlite",)

CHUNK = 1024**2
# How the stream begins, what it then repeats, and what is said to it.
ENDLESS = {
    "one line": (b"", b"y", "standard input:1: line: is longer than 65536 bytes"),
    "NUL characters in lines": (a_file(), b"\0\n", "standard input:2: line: has a NUL character"),
    "a quoted value": (f'{HEADING}\n"'.encode(), b"x", "standard input:2: line: is longer than 65536 bytes"),
}


@pytest.fixture(autouse=True)
def acme(session):
    acme = an_organization(session, "acme")
    a_project(session, acme)
    session.commit()
    return acme


def repeated(first: bytes, again: bytes, size: int) -> Iterator[bytes]:
    yield first
    for _ in range(size // CHUNK):
        yield again * (CHUNK // len(again))


@pytest.mark.parametrize(("first", "again", "error"), ENDLESS.values(), ids=ENDLESS)
def test_a_stream_that_makes_no_sense_is_left_at_once(database_url, tmp_path, first, again, error):
    imported = import_stream(repeated(first, again, 400 * CHUNK), database_url=database_url, folder=tmp_path)
    assert (imported.status, imported.output) == (1, "")
    assert imported.errors.startswith(error)
    assert imported.errors.endswith("standard input: refused; nothing was stored.\n")
    assert imported.taken_bytes < 8 * CHUNK, "the rest of the stream was read, too"


def test_a_quoted_value_over_many_lines_is_refused_line_by_line(database_url, tmp_path):
    stream = repeated(a_file() + b'"', b"x\n", 64 * CHUNK)
    imported = import_stream(stream, database_url=database_url, folder=tmp_path)
    assert imported.status == 1
    assert imported.errors.startswith("standard input:2: line: a quotation mark is not closed on this line")
    assert "and more after these 100 errors." in imported.errors


def test_names_of_nobody_do_not_fill_the_memory(database_url, tmp_path):
    lines = (f"{a_row(organization=f'none-{number:050}')}\n".encode() for number in range(500_000))
    chunks = (b"".join(batch) for batch in usage.in_batches(lines))
    imported = import_stream(chain([a_file()], chunks), database_url=database_url, folder=tmp_path)
    assert imported.status == 1
    assert "is not an organization" in imported.errors
    assert "and more after these 100 errors." in imported.errors


def test_on_a_terminal_a_bar_shows_how_far_it_is(database_url, tmp_path):
    path = tmp_path / "usage.csv"
    path.write_bytes(a_file(*(a_row(external_id=f"u-{number}") for number in range(usage.BATCH + 1))))
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "flask", "--app", "wsgi", "usage", "import", str(path)]
    output = subprocess.run(
        program, cwd=ROOT, env=environment(database_url, tmp_path), stdout=subprocess.PIPE, stderr=theirs, check=True
    ).stdout
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "Import" in shown
    assert "100%" in shown
    assert b"Import" not in output
