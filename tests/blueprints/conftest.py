"""The portal on a real database, everybody in it, and a visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.app import create_app
from portal.config import Mode, Settings
from tests.kept_templates import KEPT
from tests.kept_world import TEMPLATE, world_in
from tests.pages import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.databases import Databases
    from tests.world import World


@pytest.fixture
def world(databases: Databases) -> World:
    """Organizations of every catalogue, and a person for each role; they stand in the test's own database."""
    return world_in(databases)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of a database for this test alone: with everybody in it for a test that asks for the world."""
    if "world" not in request.fixturenames:
        with databases.fresh() as url:
            yield url
        return
    request.getfixturevalue("world")
    with databases.fresh(TEMPLATE) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """What the demo runs with, on the test's own database and folder."""
    return Settings(
        mode=Mode.DEMO,
        secret_key="k" * 32,
        database_url=database_url,
        port=8000,
        base_url="http://localhost",
        files_dir=tmp_path / "files",
        trusted_hosts=("localhost",),
        trusted_proxies=0,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = KEPT
    yield app
    app.extensions["database"].dispose()


@pytest.fixture
def visitor(app: Flask, world: World) -> Visitor:
    """A browser that nobody has signed in with yet."""
    return Visitor(app)
