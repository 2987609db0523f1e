"""Brings a database to the newest migration."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from portal.database import WRITES

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
# The number of a lock that nobody else in this database takes.
_TURN = 7_467_253_001


def upgrade(engine: Engine) -> None:
    """Run every migration that the database does not have yet, all or none; of several at once the first one does."""
    with engine.execution_options(**WRITES).begin() as connection:
        # On SQLite the transaction itself lets nobody else in.
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
        command.upgrade(config(connection), "head")


def revision_of(connection: Connection) -> str:
    """The revision of the database's schema; empty before the first migration."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def is_behind(engine: Engine) -> bool:
    """Whether the database lacks a migration of this version.

    One that this version does not know is of a later version, which is being taken into use: nothing is lacking.
    """
    with engine.connect() as connection:
        return revision_of(connection) in _before_the_newest()


@cache
def _before_the_newest() -> frozenset[str]:
    """The revisions that are not enough, the empty one too; reading their files takes long enough to do it once."""
    scripts = ScriptDirectory.from_config(config())
    known = {script.revision for script in scripts.walk_revisions()}
    return frozenset({"", *known} - {scripts.get_current_head()})


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, working on `connection`."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    return settings
