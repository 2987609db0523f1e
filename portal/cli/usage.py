"""`flask usage`: brings usage in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--from-spreadsheet", is_flag=True, help="Accept a byte order mark and CR LF line ends.")
def import_usage(file: str, from_spreadsheet: bool) -> None:
    """Import the usage file FILE (“-” reads standard input): all of its rows or none.

    docs/usage-files.md says what such a file looks like.
    """
    name = "standard input" if file == "-" else file
    try:
        with (
            click.open_file(file, "rb") as stream,
            usage_files.opened(stream, Path(name).name, from_spreadsheet=from_spreadsheet) as copy,
            writing(db.engine())() as session,
        ):
            with _progress_bar(copy.size_bytes) as progress:
                result = usage_imports.import_file(session, copy, at=clock.now(), progress=progress)
            session.commit()
    except FileRefused as refused:
        _print_errors(refused, name)
        sys.exit(1)
    _print_result(result, name)


@contextmanager
def _progress_bar(size_bytes: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere; it is told how many of the bytes are behind."""
    with click.progressbar(length=size_bytes, file=sys.stderr, hidden=not sys.stderr.isatty(), label="Import") as bar:
        yield lambda behind: bar.update(behind - bar.pos)


def _print_errors(refused: FileRefused, name: str) -> None:
    for error in refused.errors:
        click.echo(f"{name}:{error.line}: {error.column}: {error.reason}", err=True)
    if refused.more:
        click.echo(f"{name}: and more after these {len(refused.errors)} errors.", err=True)
    click.echo(f"{name}: refused; nothing was stored.", err=True)


def _print_result(result: ImportResult, name: str) -> None:
    if not result.new:
        why = "every row is stored already" if result.rows else "it has no rows"
        click.echo(f"{name}: nothing changed; {why}.")
        return
    click.echo(f"{name}: rows: {result.rows}, new: {result.new}, stored already: {result.known}.")
    for late in result.late:
        posted = f"new rows of it, posted on the first day of {late.posted_in}: {late.rows}"
        click.echo(f"{late.organization}: {late.used_in} is closed; {posted}.")
