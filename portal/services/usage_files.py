"""Reads usage files: a copy that can be read again, and its lines one at a time, however long the file is."""

from __future__ import annotations

import codecs
import csv
import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import IO

from invoices.fonts import printable_characters
from portal.domain.usage_facts import Column, KnownOrganization, UsageFacts
from portal.domain.usage_rows import (
    WHOLE_LINE,
    FileRefused,
    Heading,
    RowError,
    WrittenRow,
    check_heading,
    check_row,
)

HIGHEST_FILE_BYTES = 4 * 1024**3
HIGHEST_LINE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A usage file as it was when it was opened. `from_spreadsheet` permits a byte order mark and CR LF line ends."""

    name: str
    sha256: str
    content: IO[bytes]
    size_bytes: int
    from_spreadsheet: bool


@contextmanager
def opened(stream: IO[bytes], name: str, *, from_spreadsheet: bool = False) -> Iterator[UsageFile]:
    """A copy of `stream` on disk, because a pipe can be read once and a file may change while it is read."""
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as copy:
        for chunk in _worth_reading(stream):
            digest.update(chunk)
            copy.write(chunk)
            if copy.tell() > HIGHEST_FILE_BYTES:
                raise FileRefused([RowError(1, WHOLE_LINE, "the file is larger than 4 GB; cut it into several")])
        yield UsageFile(name, digest.hexdigest(), copy, copy.tell(), from_spreadsheet)


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of a file: what it says, or why it cannot be stored."""

    line: int
    facts: UsageFacts | None
    errors: tuple[RowError, ...] = ()


def checked_rows(file: UsageFile, known: Mapping[str, KnownOrganization], *, today: date) -> Iterator[CheckedRow]:
    """Every row from first to last. Where the rest of the file cannot be read, an error is the last one."""
    try:
        heading, rows = read(file)
        for row in rows:
            yield _checked(row, heading, known, today=today)
    except FileRefused as refused:
        yield CheckedRow(refused.errors[0].line, None, refused.errors)


def read(file: UsageFile) -> tuple[Heading, Iterator[WrittenRow | RowError]]:
    """The heading, and the rows after it from first to last; a line that cannot be cut into values is an error.

    `FileRefused` for a wrong heading, and while going through the rows at a place after which the rest is unreadable.
    A value cannot hold a line break, so a row is a line: a forgotten quotation mark spoils one line, not all after it.
    """
    rows = _rows(file)
    first = next(rows, None)
    if first is None:
        raise FileRefused([RowError(1, WHOLE_LINE, "the file is empty")])
    if isinstance(first, RowError):
        raise FileRefused([first])
    return check_heading(first), rows


def organizations_named(file: UsageFile, *, most_faulty: int) -> Iterator[str]:
    """What stands in the column organization, row by row, as far as the file can be read.

    It ends after `most_faulty` rows that nobody can store: such a file is refused, and may be endless.
    """
    faulty = 0
    with suppress(FileRefused):
        heading, rows = read(file)
        position = heading[Column.ORGANIZATION]
        for row in rows:
            if isinstance(row, WrittenRow) and len(row.cells) == len(heading):
                yield row.cells[position].strip(" ")
                continue
            faulty += 1
            if faulty > most_faulty:
                return


def _worth_reading(stream: IO[bytes]) -> Iterator[bytes]:
    """What comes, up to a place where the reader will refuse the file: a line that does not end, or no text at all."""
    unended = 0
    while chunk := stream.read(HIGHEST_LINE_BYTES + 1):
        yield chunk
        last_end = chunk.rfind(b"\n")
        unended = unended + len(chunk) if last_end < 0 else len(chunk) - last_end - 1
        if unended > HIGHEST_LINE_BYTES or b"\0" in chunk:
            return


def _checked(
    row: WrittenRow | RowError, heading: Heading, known: Mapping[str, KnownOrganization], *, today: date
) -> CheckedRow:
    if isinstance(row, RowError):
        return CheckedRow(row.line, None, (row,))
    try:
        return CheckedRow(row.line, check_row(row, heading, known, today=today, printable=printable_characters()))
    except FileRefused as refused:
        return CheckedRow(row.line, None, refused.errors)


def _rows(file: UsageFile) -> Iterator[WrittenRow | RowError]:
    for number, line in _lines(file):
        try:
            yield WrittenRow(number, next(csv.reader((line,), strict=True)))
        except csv.Error:
            yield RowError(
                number, WHOLE_LINE, "a quotation mark is not closed on this line, or does not stand where a value ends"
            )


def _lines(file: UsageFile) -> Iterator[tuple[int, str]]:
    file.content.seek(0)
    number = 0
    while raw := file.content.readline(HIGHEST_LINE_BYTES + 1):
        number += 1
        if number == 1 and file.from_spreadsheet:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if file.from_spreadsheet and raw.endswith(b"\r\n"):
            raw = raw[:-2] + b"\n"
        if wrong := _unreadable(raw, number):
            raise FileRefused([RowError(number, WHOLE_LINE, wrong)])
        try:
            yield number, raw[:-1].decode("utf-8")
        except UnicodeDecodeError:
            raise FileRefused([RowError(number, WHOLE_LINE, "is not UTF-8; save the file as UTF-8")]) from None


def _unreadable(raw: bytes, number: int) -> str:
    """Why this line and all after it cannot be read, or nothing."""
    reasons = (
        (len(raw) > HIGHEST_LINE_BYTES, f"is longer than {HIGHEST_LINE_BYTES} bytes"),
        (
            number == 1 and raw.startswith(codecs.BOM_UTF8),
            "the file begins with a byte order mark; save it as UTF-8 without one, or pass --from-spreadsheet",
        ),
        (b"\0" in raw, "has a NUL character; the file is expected to be UTF-8 text"),
        (raw.endswith(b"\r\n"), "ends with CR LF; save the file with LF line ends, or pass --from-spreadsheet"),
        (b"\r" in raw, "has a carriage return (CR); LF alone ends a line"),
        (
            not raw.endswith(b"\n"),
            "the file ends within this line and may be cut off; its last line needs a line break",
        ),
    )
    return next((reason for is_so, reason in reasons if is_so), "")
