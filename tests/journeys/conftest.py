"""The portal behind a real port, for a real browser."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pytest
from werkzeug.serving import make_server

from portal.app import create_app
from portal.config import Mode, Settings
from tests.kept_templates import KEPT
from tests.kept_world import TEMPLATE, world_in
from tests.pages import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask
    from playwright.sync_api import Browser, ConsoleMessage, Page

    from tests.databases import Databases
    from tests.world import World


@dataclass(frozen=True)
class Site:
    """A running portal."""

    address: str
    app: Flask
    world: World


@dataclass
class Walk:
    """A person's way through the portal in a browser that notes every complaint of the page."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"warning", "error"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def open(self, path: str) -> None:
        """Go to a path of the portal."""
        self.page.goto(f"{self.address}{path}")

    def sign_in(self, email: str) -> None:
        """Fill in the form of the sign-in page."""
        self.open("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def download(self, link: str) -> tuple[str, bytes]:
        """Click a link and return the name and content of the file that comes."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=link).first.click()
        return waiting.value.suggested_filename, waiting.value.path().read_bytes()


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


class ReadWhole:
    """Reads an answer to its end before it is sent.

    A browser that goes to the next page hangs up on what it still loads, and werkzeug's server then leaves the file
    that it was sending open.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = self._app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            if isinstance(body, _Closable):
                body.close()


@pytest.fixture
def world(databases: Databases) -> World:
    """People of every catalogue; they stand in the test's own database."""
    return world_in(databases)


@pytest.fixture
def database_url(databases: Databases, world: World) -> Iterator[str]:
    """The address of a database for this test alone, with everybody in it."""
    with databases.fresh(TEMPLATE) as url:
        yield url


@pytest.fixture
def site(database_url: str, world: World, tmp_path: Path) -> Iterator[Site]:
    """The portal with people of every catalogue, on a port of its own."""
    settings = Settings(
        mode=Mode.DEMO,
        secret_key="k" * 32,
        database_url=database_url,
        port=8000,
        base_url="http://localhost",
        files_dir=tmp_path / "files",
        trusted_hosts=("localhost", "127.0.0.1"),
        trusted_proxies=0,
    )
    app = create_app(settings)
    app.jinja_env.bytecode_cache = KEPT
    engine = app.extensions["database"]
    server = make_server("127.0.0.1", 0, ReadWhole(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", app, world)
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()


@pytest.fixture(params=["with script", "without script"])
def walk(request, browser: Browser, site: Site) -> Iterator[Walk]:
    """A walk with JavaScript, and the same without."""
    context = browser.new_context(java_script_enabled=request.param == "with script", accept_downloads=True)
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.address)
    context.close()
