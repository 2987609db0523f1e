"""`flask backup` and `flask restore`: rows and files in one archive, checked both ways."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal import clock, database, schema
from portal.cli import sessions
from portal.services import backups, restoring
from portal.services.backups import Manifest
from portal.services.sessions import end_everybody
from portal.web import db, files

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("backup", help="Write every row and every file to FILE, while the portal runs.")
@click.argument("file", type=_FILE)
@with_appcontext
def backup_command(file: Path) -> None:
    """The exit status is 1 when a file was missing or changed; the backup then has everything else."""
    with sessions.refusals_as_errors(), database.snapshot(db.engine()) as session:
        revision = schema.revision_of(session.connection())
        manifest = backups.make(session, files.archive(), file, revision=revision, at=clock.now())
    _report(manifest)
    for fault in manifest.faults:
        click.echo(fault, err=True)
    if manifest.faults:
        sys.exit(1)


@click.command("restore", help="Check FILE, then write it into the empty database and the store of the settings.")
@click.argument("file", type=_FILE)
@click.option("--check", is_flag=True, help="Only compare every checksum; write nothing.")
@with_appcontext
def restore_command(file: Path, *, check: bool) -> None:
    """All rows are written in one transaction. The database has the newest schema and no row.

    Everybody signs in again: who was signed out, or lost an account, after the backup was made is not let in by it.
    """
    with sessions.refusals_as_errors():
        if check:
            _report(backups.check(file))
            return
        with sessions.open_session() as session:
            revision = schema.revision_of(session.connection())
            manifest = restoring.restore(session, files.store(), file, revision=revision)
            end_everybody(session, at=clock.now())
            session.commit()
    _report(manifest)


def _report(manifest: Manifest) -> None:
    for table in manifest.tables:
        if table.rows:
            click.echo(f"{table.rows:>12,}  {table.name}")
    click.echo(f"{manifest.rows:>12,}  rows, schema {manifest.revision}, of {manifest.made_at}")
    click.echo(f"{len(manifest.files):>12,}  files")
