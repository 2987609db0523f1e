"""Measures pages: requests a second against a bare Flask route in the same server, and how often lists ask."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from bench import databases, server
from bench.books import PASSWORD, PERSON, SLUG, STAFF, keep_books
from portal.app import create_app
from portal.config import Settings

ROUNDS = 5
SECONDS = 2
MANY, FEW = 10_000, 10


@dataclass(frozen=True, slots=True)
class Served:
    """Requests a second of a page, and as a share of those of a bare Flask route."""

    page: str
    a_second: float
    share: float


@dataclass(frozen=True, slots=True)
class Asked:
    """How many statements a list page asks of the database, with few rows and with many."""

    page: str
    few: int
    many: int


def measure_speed(invoices: int) -> list[Served]:
    """The invoice page and the first page of so many invoices, both signed in, in turn with the bare route."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engine = stack.enter_context(databases.fresh("sqlite"))
        number = keep_books(engine, rows=invoices)
        settings = {"DATABASE_URL": str(engine.url), "FILES_DIR": str(folder), "SECRET_KEY": "k" * 40}
        bare = stack.enter_context(server.running("bare", settings))
        portal = stack.enter_context(server.running("portal", settings))
        billing = f"/orgs/{SLUG}/billing/invoices"
        cookie = _visited(portal, billing, _sign_in(portal))
        asked = {
            "bare Flask route": (bare, "/"),
            "an invoice": (portal, f"{billing}/{number}"),
            f"50 of {invoices:,} invoices": (portal, billing),
        }
        rounds = [{page: _rate(port, path, cookie) for page, (port, path) in asked.items()} for _ in range(ROUNDS)]
    return [
        Served(
            page,
            statistics.median(one[page] for one in rounds),
            statistics.median(one[page] / one["bare Flask route"] for one in rounds),
        )
        for page in asked
    ]


def count_queries() -> list[Asked]:
    """The statements of each list page with few rows and with many."""
    few, many = (_statements(rows) for rows in (FEW, MANY))
    return [Asked(page, few[page], many[page]) for page in few]


def _statements(rows: int) -> dict[str, int]:
    with databases.fresh("sqlite") as engine, tempfile.TemporaryDirectory() as folder:
        number = keep_books(engine, rows=rows, lines=max(rows, 50))
        environ = {"DATABASE_URL": str(engine.url), "FILES_DIR": folder, "SECRET_KEY": "k" * 40}
        app = create_app(Settings.from_environment(environ))
        billing = f"/orgs/{SLUG}/billing/invoices"
        counted = {
            "invoices": _count(app, PERSON, billing),
            "invoices by status": _count(app, PERSON, f"{billing}?order=status"),
            "lines of an invoice": _count(app, PERSON, f"{billing}/{number}"),
            "organizations": _count(app, STAFF, "/staff/"),
        }
        app.extensions["database"].dispose()
        return counted


def _count(app: Flask, email: str, path: str) -> int:
    """How many statements the second visit takes; the first one fills what is kept in memory."""
    client = app.test_client()
    origin = "http://127.0.0.1:8000"
    page = client.get("/sign-in", base_url=origin).get_data(as_text=True)
    fields = _hidden_fields(page) | {"email": email, "password": PASSWORD}
    client.post("/sign-in", data=fields, base_url=origin, headers={"Origin": origin})
    statements: list[str] = []
    for _ in range(2):
        statements.clear()
        with _listening(app, statements):
            answer = client.get(path, base_url=origin)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
    return len(statements)


def _listening(app: Flask, statements: list[str]) -> ExitStack:
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = app.extensions["database"]
    event.listen(engine, "before_cursor_execute", note)
    stack = ExitStack()
    stack.callback(event.remove, engine, "before_cursor_execute", note)
    return stack


def _rate(port: int, path: str, cookie: str) -> float:
    command = [sys.executable, "-m", "bench.client", str(port), path, cookie, str(SECONDS)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _visited(port: int, path: str, cookie: str) -> str:
    """The cookies of a browser after its first page, which has set what its forms need; later pages set none."""
    answer, _ = _talk(port, "GET", path, None, {"Cookie": cookie})
    return _header(dict(one.split("=", 1) for one in cookie.split("; ")) | _cookies(answer))


def _sign_in(port: int) -> str:
    """The cookies of somebody who has signed in as people do."""
    answer, page = _talk(port, "GET", "/sign-in")
    cookies = _cookies(answer)
    form = urllib.parse.urlencode(_hidden_fields(page) | {"email": PERSON, "password": PASSWORD})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": _header(cookies),
        "Origin": f"http://127.0.0.1:{port}",
    }
    answer, _ = _talk(port, "POST", "/sign-in", form, headers)
    return _header(cookies | _cookies(answer))


def _talk(
    port: int, method: str, path: str, form: str | None = None, headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request(method, path, form, headers or {})
    answer = connection.getresponse()
    return answer, answer.read().decode()


def _hidden_fields(page: str) -> dict[str, str]:
    inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in inputs]
    return {name[1]: value[1] if value else "" for name, value in pairs if name}


def _cookies(answer: HTTPResponse) -> dict[str, str]:
    given = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])]
    return {name: value for name, _, value in (cookie.partition("=") for cookie in given)}


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
