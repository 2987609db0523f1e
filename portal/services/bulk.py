"""Writes many rows of a table at once, past the mapped classes, which would look at each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy.orm import Session

from portal.models.base import Base


def write(session: Session, kind: type[Base], columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Write rows of `kind`, each with the values of `columns` in their order, as the mapped class would hold them."""
    if not rows:
        return
    table = Base.metadata.tables[kind.__tablename__]
    connection = session.connection()
    types = [table.c[column].type.dialect_impl(connection.dialect) for column in columns]
    bound = [type_.bind_processor(connection.dialect) for type_ in types]
    turns = [(place, turn) for place, turn in enumerate(bound) if turn]
    driver: Any = connection.connection.driver_connection
    with closing(driver.cursor()) as cursor:
        if connection.dialect.name == "postgresql":
            # Many times faster than INSERT.
            with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in _bound(rows, turns):
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            cursor.executemany(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})", _bound(rows, turns))  # noqa: S608


def _bound(
    rows: Iterable[Sequence[object]], turns: Sequence[tuple[int, Callable[[Any], Any]]]
) -> Iterator[list[object]]:
    """The rows with the values that only our own types know turned into those that the driver knows."""
    for row in rows:
        values = list(row)
        for place, turn in turns:
            values[place] = turn(values[place])
        yield values
