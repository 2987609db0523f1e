"""The rows of any table as lines of text, the same on every database, and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum as PythonEnum
from itertools import islice
from typing import Any

from sqlalchemy import Column, Date, Enum, LargeBinary, Table, func, insert, select, text
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.models.base import AgreedNumber, Base, UtcDateTime

_AT_ONCE = 2_000
# Its rows say that a month is closed, after which the database lets nothing be added to it: they come last.
_LAST = "month_closes"


def tables() -> Sequence[Table]:
    """Every table of the portal, in an order in which rows can be written: what is referred to comes first."""
    ordered = Base.metadata.sorted_tables
    return [table for table in ordered if table.name != _LAST] + [Base.metadata.tables[_LAST]]


def lines(session: Session, table: Table) -> Iterator[bytes]:
    """The table's rows in the order of its keys, each as a line of JSON: a list in the order of the columns."""
    rows = session.execute(
        select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": _AT_ONCE}
    )
    for row in rows:
        yield json.dumps(list(row), default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def write(session: Session, table: Table, columns: Sequence[str], texts: Iterable[bytes]) -> None:
    """Add the rows that `texts` tell, with values in the order of `columns`."""
    readers = [_reader(table.columns[name]) for name in columns]
    rest = iter(texts)
    while batch := [_read(line, columns, readers) for line in islice(rest, _AT_ONCE)]:
        session.execute(insert(table), batch)


def refuse_unless_empty(session: Session) -> None:
    """A restore never mixes two installations: refused where any table has a row."""
    for table in tables():
        if session.execute(select(table).limit(1)).first() is not None:
            raise Refusal(f"This database is not empty: there are rows in {table.name}. Restore into a new one.")


def move_counters(session: Session) -> None:
    """Let new rows be counted on from the highest key; SQLite does so by itself."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in tables():
        (key, *others) = table.primary_key.columns
        if others or table.autoincrement_column is None:
            continue
        sequence = func.pg_get_serial_sequence(text(f"'{table.name}'"), text(f"'{key.name}'"))
        session.execute(select(func.setval(sequence, func.max(key))).where(sequence.is_not(None)).select_from(table))


def _read(line: bytes, columns: Sequence[str], readers: Sequence[Callable[[Any], Any]]) -> dict[str, Any]:
    values = zip(columns, readers, json.loads(line), strict=True)
    return {name: None if value is None else reader(value) for name, reader, value in values}


def _plain(value: object) -> str:
    """What JSON has no form for."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, PythonEnum):
        return str(value.value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"no text for {type(value).__name__}")


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    """How a column's values, where there are any, are read back."""
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat
    if isinstance(kind, AgreedNumber):
        return Decimal
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class
    if isinstance(kind, Date):
        return date.fromisoformat
    return base64.b64decode if isinstance(kind, LargeBinary) else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
