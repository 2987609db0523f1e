"""Opens databases: SQLite in WAL with immediate write transactions, PostgreSQL through psycopg."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

BUSY_TIMEOUT_MS = 15_000
WRITES = {"sqlite_begin": "IMMEDIATE"}
_asked: ContextVar[int] = ContextVar("statements", default=0)


def make_engine(url: str, *, pool_size: int = 5, statement_seconds: int = 0) -> Engine:
    """An engine for `url` (`sqlite:///…`, `sqlite://` for memory, `postgresql://…`).

    It keeps `pool_size` connections, and at peaks twice as many. PostgreSQL gives up a statement after
    `statement_seconds`; 0 lets it run. The log and errors have no values of statements: those may be secrets.
    """
    address = make_url(url)
    options: dict[str, Any] = {"hide_parameters": True, "pool_size": pool_size, "max_overflow": pool_size}
    if address.get_backend_name() == "postgresql":
        limit = {"options": f"-c statement_timeout={statement_seconds * 1000}"} if statement_seconds else {}
        address = address.set(drivername="postgresql+psycopg")
        engine = create_engine(address, pool_pre_ping=True, connect_args=limit, **options)
    else:
        if address.database in (None, "", ":memory:"):
            options = {"hide_parameters": True, "poolclass": StaticPool}
        engine = create_engine(address, connect_args={"check_same_thread": False}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _count)
    return engine


def forget_statements() -> None:
    """Count from nothing in this thread: a request begins."""
    _asked.set(0)


def statements_asked() -> int:
    """How many statements this thread has asked of databases since then; beginnings of transactions do not count."""
    return _asked.get()


def reading(engine: Engine) -> sessionmaker[Session]:
    """Sessions that only read: on SQLite they never wait for a writer."""
    return sessionmaker(engine, expire_on_commit=False)


def writing(engine: Engine) -> sessionmaker[Session]:
    """Sessions that write: on SQLite the write lock is taken at the first statement, so none is refused half-way."""
    return sessionmaker(engine.execution_options(**WRITES), expire_on_commit=False)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A session that sees the database as it is now, until it ends, whatever others write meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with reading(engine)() as session:
        yield session


def _count(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
    if not statement.startswith("BEGIN"):
        _asked.set(_asked.get() + 1)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own idea of when a transaction begins is switched off; `_begin_sqlite` says it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # Without it, a row that REPLACE takes the place of goes without asking its DELETE trigger.
    cursor.execute("PRAGMA recursive_triggers = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
