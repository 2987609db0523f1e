"""What tests of commands share: the whole application on a database of their own, and a runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.app import create_app
from portal.config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def flask(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Result]]:
    """Runs `flask --app wsgi …` on an empty database."""
    environ = {"DATABASE_URL": database_url, "FILES_DIR": str(tmp_path / "files")}
    app = create_app(Settings.from_environment(environ, root=tmp_path))
    yield lambda *arguments: app.test_cli_runner().invoke(args=list(arguments))
    app.extensions["database"].dispose()
