"""The portal on a real database, everybody in it, and a visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal import database
from portal.app import create_app
from portal.config import Mode, Settings
from tests.kept_templates import KEPT
from tests.pages import Visitor
from tests.world import build_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.world import World


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
def world(app: Flask) -> World:
    """Organizations of every catalogue, and a person for each role."""
    with database.writing(app.extensions["database"]).begin() as session:
        return build_world(session)


@pytest.fixture
def visitor(app: Flask, world: World) -> Visitor:
    """A browser that nobody has signed in with yet."""
    return Visitor(app)
