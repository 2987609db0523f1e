"""`flask usage`: brings usage in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import AppGroup

from portal import clock
from portal.database import writing
from portal.domain.usage_rows import FileRefused
from portal.services import usage_files, usage_imports
from portal.services.usage_imports import ImportResult
from portal.web import db

usage_commands = AppGroup("usage", help="Bring usage in.")


@usage_commands.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--from-spreadsheet", is_flag=True, help="Accept a byte order mark and CR LF line ends.")
def import_usage(file: BinaryIO, from_spreadsheet: bool) -> None:
    """Import the usage file FILE (“-” reads standard input): all of its rows or none.

    docs/usage-files.md says what such a file looks like.
    """
    name = Path(file.name).name
    try:
        with (
            usage_files.opened(file, name, from_spreadsheet=from_spreadsheet) as copy,
            writing(db.engine())() as session,
        ):
            result = usage_imports.import_file(session, copy, at=clock.now())
            session.commit()
    except FileRefused as refused:
        _print_errors(refused, file.name)
        sys.exit(1)
    _print_result(result, file.name)


def _print_errors(refused: FileRefused, name: str) -> None:
    for error in refused.errors:
        click.echo(f"{name}:{error.line}: {error.column}: {error.reason}", err=True)
    if refused.more:
        click.echo(f"{name}: and more errors after these {len(refused.errors)}.", err=True)
    click.echo(f"{name}: nothing was stored.", err=True)


def _print_result(result: ImportResult, name: str) -> None:
    if not result.new:
        rows = f"all {result.rows} rows are stored already" if result.rows else "the file has no rows"
        click.echo(f"{name}: nothing changed; {rows}.")
        return
    click.echo(f"{name}: {result.rows} rows: {result.new} new, {result.known} stored already.")
    for late in result.late:
        click.echo(
            f"{late.organization}: {late.used_in} is closed; its {late.rows} new rows are posted in {late.posted_in}."
        )
