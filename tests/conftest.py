"""What every test may ask for: a database of each kind, a session in it, a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from werkzeug.routing import Rule

from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases
from tests.kept_routes import KeptRoutes
from tests.kept_statements import KeptStatements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

KINDS = ("sqlite", "postgresql")

# How long one example takes says more about the machine than about the code.
settings.register_profile("portal", deadline=None, print_blob=True)
settings.load_profile("portal")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=[*KINDS, "both"], default="both", help="the kind of database to test on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database once on each kind.

    A module about pages, which read through services that are tested on both kinds, names with `DATABASES` the one
    kind that is enough for it; it runs on another when that is asked for by name.
    """
    if "database_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        kinds = getattr(metafunc.module, "DATABASES", KINDS)
        metafunc.parametrize("database_kind", kinds if chosen == "both" else [chosen], scope="session")


@pytest.fixture(scope="session", autouse=True)
def kept_statements() -> Iterator[None]:
    """What one test has SQLAlchemy compile, the next ones need not."""
    from portal import database

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "create_engine", KeptStatements().create_engine)
        yield


@pytest.fixture(scope="session", autouse=True)
def kept_routes() -> Iterator[None]:
    """What one test has werkzeug compile, the next ones need not."""
    kept = KeptRoutes()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rule, "_compile_builder", lambda rule, append_unknown=True: kept.builder(rule, append_unknown))
        yield


@pytest.fixture(scope="session", autouse=True)
def own_hasher() -> Iterator[PasswordHasher]:
    """What the portal hashes passwords with; tests hash with the least work, and with this where that is their point.

    A sign-in takes a sixth of a second of work by intention, and nearly every test about pages begins with one.
    """
    from portal.services import people

    own = people._hasher
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(people, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield own


@pytest.fixture(scope="session")
def every_database() -> Iterator[Callable[[str], Databases]]:
    """The sources of databases by their kinds: each is made when it is first asked for, and once in a process.

    A fixture with `database_kind` in its arguments would be made anew at each change between the kinds.
    """
    made = dict[str, Databases]()

    def of_kind(kind: str) -> Databases:
        if kind not in made:
            made[kind] = SqliteDatabases() if kind == "sqlite" else PostgresqlDatabases()
        return made[kind]

    yield of_kind
    for databases in made.values():
        databases.close()


@pytest.fixture(scope="session")
def databases(every_database: Callable[[str], Databases], database_kind: str) -> Databases:
    """The source of fresh databases of one kind, migrated once."""
    return every_database(database_kind)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The address of an empty database for this test alone, as the setting DATABASE_URL takes it."""
    with databases.fresh() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An open database for this test alone."""
    from portal.database import make_engine

    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write; what the test does not commit is rolled back."""
    from portal.database import writing

    with writing(engine)() as session:
        yield session


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; the environment's CHROMIUM names another one than Debian's."""
    from playwright.sync_api import sync_playwright

    program = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    if not program.exists():
        pytest.fail(f"{program} is missing: `make test` installs it, or CHROMIUM names a Chromium of yours.")
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to start for root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()
