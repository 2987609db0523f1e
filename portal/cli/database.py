"""`flask db`: bring the database to the newest migration."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import make_url

from portal import schema
from portal.cli import sessions
from portal.web import db

database_commands = AppGroup("db", help="The database's tables.")


@database_commands.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Create what is missing and run every migration the database does not have yet."""
    address = make_url(sessions.settings().database_url)
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    schema.upgrade(db.engine())
    click.echo("The database is at the newest migration.")
