"""A database of the process's own, in memory, in which nothing is ever committed: scenarios are played in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal import schema
from portal.database import make_engine, writing

# All threads share the one connection that holds the database, and take turns at it.
_turn = threading.Lock()


@contextmanager
def session() -> Iterator[Session]:
    """An empty database. What is written is taken back at the end: the next one begins with the first numbers again."""
    with _turn, writing(_database())() as own:
        yield own


@cache
def _database() -> Engine:
    engine = make_engine("sqlite://")
    schema.upgrade(engine)
    return engine
