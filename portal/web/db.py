"""The request's database session: one transaction a request, committed when the answer is below 400."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from portal import database
from portal.config.database import DatabaseSettings
from portal.services import history
from portal.services.history import Origin
from portal.web.work import ask_workers

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Who makes the sessions of requests."""

    reading: sessionmaker[Session]
    writing: sessionmaker[Session]


def init_app(app: Flask, url: str, limits: DatabaseSettings) -> None:
    """Open the database at `url` for `app`, and end each request's transaction at the edge."""
    opened = database.make_engine(url, pool_size=limits.pool_size, statement_seconds=limits.statement_seconds)
    app.extensions["database"] = opened
    # Whoever makes sessions has a class of their own: to make it anew takes longer than to make a session.
    app.extensions["sessions"] = _Sessions(database.reading(opened), database.writing(opened))
    app.after_request(_finish)
    app.teardown_request(_close)


def engine() -> Engine:
    """The application's database."""
    opened: Engine = current_app.extensions["database"]
    return opened


def session() -> Session:
    """The request's session: one that only reads for GET and HEAD, else one that writes."""
    if "session" not in g:
        known: _Sessions = current_app.extensions["sessions"]
        g.session = (known.reading if request.method in _SAFE else known.writing)()
        _say_origin()
    opened: Session = g.session
    return opened


def write_from(*, by_staff: bool) -> None:
    """Let what this request records say from which address it came, and whether staff did it."""
    g.origin = Origin(request.remote_addr or "", by_staff=by_staff)
    _say_origin()


@contextmanager
def apart() -> Iterator[Session]:
    """A writing session of its own, for what must outlive the request's refusal; the caller says why.

    It comes before the request's own first write: SQLite has one writer at a time, and would wait for itself.
    """
    with database.writing(engine()).begin() as own:
        yield own
    ask_workers(own)


@contextmanager
def looking() -> Iterator[Session]:
    """A session of its own that only reads, so that slow work after it does not hold the write lock of the request."""
    with database.reading(engine())() as own:
        yield own


@contextmanager
def in_passing() -> Iterator[Session]:
    """A session for what is not worth waiting for: where another process is writing, it is left out.

    In a request that writes it is the request's own; a request that only reads does not wait for who writes.
    """
    if request.method not in _SAFE:
        yield session()
        return
    with engine().connect() as connection, _without_patience(connection), suppress(OperationalError):
        with Session(connection) as own:
            yield own
        connection.commit()


def release() -> None:
    """End the request's session, in which nothing was written so far: slow work, or what is written apart, follows.

    What was loaded stays readable; the next `session()` is a new one.
    """
    _close(None)


def pause() -> None:
    """End the transaction of the request, in which nothing was written so far, but for what was noted in passing.

    What was loaded is read again when it is next needed, in a new one.
    """
    opened: Session | None = g.get("session")
    if opened is not None:
        opened.rollback()


def _say_origin() -> None:
    if "origin" in g and "session" in g:
        history.write_from(g.session, g.origin)


def _finish(response: Response) -> Response:
    """Commit before the answer leaves: an answer that says "done" is done."""
    opened: Session | None = g.get("session")
    if opened is not None:
        if response.status_code < 400 and request.method not in _SAFE:
            opened.commit()
            ask_workers(opened)
        else:
            opened.rollback()
    return response


def _close(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()


@contextmanager
def _without_patience(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10ms'")
        yield
        return
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {database.BUSY_TIMEOUT_MS}")
