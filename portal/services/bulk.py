"""Writes many rows of a table at once, past the mapped classes, which would look at each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session, make_transient_to_detached

from portal.models.base import Base


def give_room(session: Session) -> None:
    """Let PostgreSQL group many rows in memory, until this transaction ends: its own 4 MB make it sort them on disk."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL work_mem = '64MB'"))


def add(session: Session, rows: Sequence[Base]) -> None:
    """Write new objects of one mapped class and keep them in the session, as `add_all` and a flush would do.

    Where the key counts by itself, they get the next ones in their order.
    """
    session.flush()
    if not rows:
        return
    table = Base.metadata.tables[rows[0].__tablename__]
    if table.autoincrement_column is not None:
        for row, key in zip(rows, _next_keys(session, table, len(rows)), strict=True):
            setattr(row, table.autoincrement_column.name, key)
    write(session, type(rows[0]), *_values(table, rows))
    for row in rows:
        make_transient_to_detached(row)
    session.add_all(rows)


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


def _values(table: Table, rows: Sequence[Base]) -> tuple[Sequence[str], Sequence[tuple[object, ...]]]:
    """The columns that any of the rows has a value for, by itself or by default, and the values of each row."""
    defaults: dict[str, Any] = {column.name: column.default for column in table.columns if column.default is not None}
    for row in rows:
        for name in defaults.keys() - vars(row).keys():
            default = defaults[name]
            setattr(row, name, default.arg(None) if default.is_callable else default.arg)
    columns = [column.name for column in table.columns if any(column.name in vars(row) for row in rows)]
    return columns, [tuple(vars(row).get(column) for column in columns) for row in rows]


def _next_keys(session: Session, table: Table, count: int) -> Iterable[int]:
    """Keys that nobody has or will get: of the table's own sequence, or, on SQLite, behind the last under its lock."""
    (key,) = table.primary_key.columns
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        return session.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))).all()
    last = session.scalar(select(func.coalesce(func.max(key), 0))) or 0
    return range(last + 1, last + 1 + count)


def _bound(
    rows: Iterable[Sequence[object]], turns: Sequence[tuple[int, Callable[[Any], Any]]]
) -> Iterator[list[object]]:
    """The rows with the values that only our own types know turned into those that the driver knows."""
    for row in rows:
        values = list(row)
        for place, turn in turns:
            values[place] = turn(values[place])
        yield values
