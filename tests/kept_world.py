"""The world of the tests, made once for each kind of database and copied for every test."""

from __future__ import annotations

import pickle
from functools import cache
from typing import TYPE_CHECKING

from portal.database import make_engine, writing
from tests.world import World, build_world

if TYPE_CHECKING:
    from tests.databases import Databases

TEMPLATE = "world"


def world_in(databases: Databases) -> World:
    """The world that stands in each fresh copy of `TEMPLATE`, with rows of its own that no other test has changed.

    To make it took a test about pages more than most of what it then tried.
    """
    world = pickle.loads(_pickled(databases))
    assert isinstance(world, World)
    return world


@cache
def _pickled(databases: Databases) -> bytes:
    engine = make_engine(databases.new_template(TEMPLATE))
    with writing(engine).begin() as session:
        world = build_world(session)
    # Nobody may be connected to what is copied, and SQLite's file is whole when the last one has gone.
    engine.dispose()
    return pickle.dumps(world)
