"""Writes many rows of a table at once, past the mapped classes, which would look at each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from portal.models.base import Base

# The name of the sequence is looked up once, and not for each key.
_NEXT_KEYS = text(
    "SELECT nextval(keys.of) FROM (SELECT pg_get_serial_sequence(:table, 'id')::regclass AS of OFFSET 0) AS keys, "
    "generate_series(1, :count)"
)


def give_room(session: Session) -> None:
    """Let PostgreSQL group many rows in memory, until this transaction ends: its own 4 MB make it sort them on disk."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL work_mem = '64MB'"))
        session.execute(text("SET LOCAL enable_seqscan = off"))


def add(session: Session, rows: Sequence[Base]) -> None:
    """Write new objects of one mapped class, whose key counts by itself, and keep them in the session with the next
    keys in their order, as `add_all` and a flush would do.
    """
    number(session, rows)
    insert(session, rows)
    for row in rows:
        make_transient_to_detached(row)
    session.add_all(rows)


def number(session: Session, rows: Sequence[Base]) -> None:
    """Give new objects of one mapped class the next keys in their order; they are neither written nor kept."""
    for row, key in zip(rows, _next_keys(session, type(rows[0]), len(rows)) if rows else (), strict=True):
        set_committed_value(row, "id", key)


def insert(session: Session, rows: Sequence[Base]) -> None:
    """Write what objects of one mapped class say, which are not kept."""
    session.flush()
    if rows:
        write(session, type(rows[0]), *_values(type(rows[0]), rows))


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


def _values(kind: type[Base], rows: Sequence[Base]) -> tuple[Sequence[str], Sequence[tuple[object, ...]]]:
    """The columns that any of the rows has a value for, by itself or by default, and the values of each row."""
    table = Base.metadata.tables[kind.__tablename__]
    defaults: dict[str, Any] = {column.name: column.default for column in table.columns if column.default is not None}
    for row in rows:
        for name in defaults.keys() - vars(row).keys():
            default = defaults[name]
            set_committed_value(row, name, default.arg(None) if default.is_callable else default.arg)
    columns = [column.name for column in table.columns if any(column.name in vars(row) for row in rows)]
    return columns, [tuple(map(vars(row).get, columns)) for row in rows]


def _next_keys(session: Session, kind: type[Base], count: int) -> Iterable[int]:
    """Keys that nobody has or will get: of the table's own sequence, or, on SQLite, behind the last under its lock."""
    if session.get_bind().dialect.name == "postgresql":
        return session.connection().execute(_NEXT_KEYS, {"table": kind.__tablename__, "count": count}).scalars().all()
    last = session.connection().execute(select(func.max(Base.metadata.tables[kind.__tablename__].c.id))).scalar() or 0
    return range(last + 1, last + 1 + count)


def _bound(
    rows: Iterable[tuple[object, ...]], turns: Sequence[tuple[int, Callable[[Any], Any]]]
) -> Iterable[tuple[object, ...]]:
    """The rows with the values that only our own types know turned into those that the driver knows."""
    if not turns:
        return rows
    # By columns, because that is one step for all rows where nothing has to be turned.
    columns: list[Iterable[object]] = [*zip(*rows, strict=True)]
    for place, turn in turns:
        columns[place] = map(turn, columns[place])
    return zip(*columns, strict=True)
