"""`flask month`: close months, collect what is due, make the documents."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime

import click
from flask.cli import AppGroup, with_appcontext

from portal import clock
from portal.cli import sessions
from portal.config import Mode
from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs import charges, documents, month_closes
from portal.web import files

month_commands = AppGroup("month", help="Months and their invoices.")


@month_commands.command("close")
@click.argument("month")
@click.option("--organization", help="Only this organization, by the name in its address.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day (YYYY-MM-DD); demo only.")
@with_appcontext
def close(month: str, organization: str | None, as_of: datetime | None) -> None:
    """Close MONTH (YYYY-MM), charge what is due and make the documents.

    Running it again changes nothing. An organization that fails is set aside with its reason; the exit status is
    then 1, and the others are closed all the same.
    """
    failed = 0
    with sessions.refusals_as_errors():
        at = _moment(as_of)
        for outcome in month_closes.close(sessions.open_session, Month.parse(month), at=at, slug=organization):
            failed += outcome.reason is not None
            _report(outcome)
    charged = charges.collect(sessions.open_session, SandboxGateway(), at=at, base_url=sessions.settings().base_url)
    with closing(sessions.presses()) as presses:
        made = documents.render(sessions.opener(), files.archive(), at=at, presses=presses)
    click.echo(f"Charges made: {charged}. Documents made: {made}.")
    if failed:
        click.echo(f"Set aside: {failed}.", err=True)
        sys.exit(1)


def _moment(as_of: datetime | None) -> datetime:
    """Now; in a demo also the beginning of another day, so that a month can be tried out before it has ended."""
    if as_of is None:
        return clock.now()
    if sessions.settings().mode is not Mode.DEMO:
        raise Refusal("--as-of is for demos: documents in production are issued on the day on which they are made.")
    return as_of.replace(tzinfo=UTC)


def _report(outcome: month_closes.Outcome) -> None:
    if outcome.reason:
        click.echo(f"{outcome.slug}: set aside. {outcome.reason}", err=True)
    elif outcome.numbers:
        click.echo(f"{outcome.slug}: {', '.join(outcome.numbers)}")
    else:
        click.echo(f"{outcome.slug}: nothing to close")
