"""Runs migrations on the connection that `portal.schema` hands in."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Enum
from sqlalchemy.types import TypeDecorator

from portal.models import Base


def render_plain_type(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Write the database's own type into a migration, so that it never depends on today's code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_plain_type,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
