"""The migrations make the tables that the models describe."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from portal import schema
from portal.config import ROOT
from portal.database import make_engine
from portal.models import Base

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from tests.databases import Databases


# On PostgreSQL, guards of whole statements stand for these foreign keys.
_GUARDED = {"fk_invoice_lines_invoice_id", "fk_invoice_lines_project_id", "fk_draws_payment_id"}


# The index on lower(email) is one of an expression, which SQLAlchemy does not read back.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.filterwarnings("ignore:autogenerate skipping")
def test_nothing_is_in_the_models_that_no_migration_makes(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": _is_comparable}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def test_several_machines_may_migrate_at_once(every_database: Callable[[str], Databases]) -> None:
    with every_database("postgresql").fresh() as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        environ = os.environ | {"DATABASE_URL": url}
        both = [subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) for _ in range(2)]
        statuses = [one.wait() for one in both]
        with engine.connect() as connection:
            revision = schema.revision_of(connection)
        engine.dispose()
    newest = ScriptDirectory.from_config(schema.config()).get_current_head()
    assert (statuses, revision) == ([0, 0], newest)


def _is_comparable(_thing: object, name: str | None, kind: str, *_: object) -> bool:
    """PostgreSQL gives an expression back in words of its own; the index is there, and the list is read from it."""
    return (kind, name) != ("index", "ix_invoices_status_place") and name not in _GUARDED
