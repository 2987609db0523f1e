"""The migrations make the tables that the models describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from portal.models import Base

if TYPE_CHECKING:
    from sqlalchemy import Engine


# The index on lower(email) is one of an expression, which SQLAlchemy does not read back.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.filterwarnings("ignore:autogenerate skipping")
def test_nothing_is_in_the_models_that_no_migration_makes(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": _is_comparable}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def _is_comparable(_thing: object, name: str | None, kind: str, *_: object) -> bool:
    """PostgreSQL gives an expression back in words of its own; the index is there, and the list is read from it."""
    return (kind, name) != ("index", "ix_invoices_status_place")
