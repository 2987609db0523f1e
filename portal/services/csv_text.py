"""CSV by RFC 4180, in which no cell is a formula for a spreadsheet program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet program takes for the beginning of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def guarded(value: str) -> str:
    """A text that no spreadsheet program runs as a formula."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def written(rows: Iterable[Sequence[str]]) -> str:
    """The rows as they stand in the file, each with its line's end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
