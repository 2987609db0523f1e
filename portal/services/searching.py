"""Searches by a part of a text, which no index finds: they look at the newest rows alone, for a number at all."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

MOST_SEARCHED = 10_000
"""How many rows a search looks at, so that it costs the same however long the table grows."""


def is_searched(row_id: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a row is among the newest `MOST_SEARCHED` of those under `conditions`; a later row has a higher id."""
    newest = select(row_id.label("id")).where(*conditions).order_by(row_id.desc()).limit(MOST_SEARCHED).subquery()
    # One id, and not a list of them: the table is then read from there on, and never as a whole.
    return row_id >= select(func.min(newest.c.id)).scalar_subquery()


def number_in(search: str) -> int | None:
    """The number that is asked for, with or without the sign before it; None where it is words."""
    number = search.removeprefix("#")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
