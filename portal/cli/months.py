"""`flask month`: close months, collect what is due, make the documents."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup, with_appcontext

from portal import clock, jobs
from portal.cli import sessions
from portal.domain.periods import Month
from portal.gateways.payments.sandbox import SandboxGateway

month_commands = AppGroup("month", help="Months and their invoices.")


@month_commands.command("close")
@click.argument("month")
@click.option("--organization", help="Only this organization, by the name in its address.")
@with_appcontext
def close(month: str, organization: str | None) -> None:
    """Close MONTH (YYYY-MM), charge what is due and make the documents.

    Running it again changes nothing. An organization that fails is set aside with its reason; the exit status is
    then 1, and the others are closed all the same.
    """
    at = clock.now()
    failed = 0
    with sessions.refusals_as_errors():
        for outcome in jobs.close_months(sessions.open_session, Month.parse(month), at=at, slug=organization):
            failed += outcome.reason is not None
            _report(outcome)
    charges = jobs.collect(sessions.open_session, SandboxGateway(), at=at)
    documents = jobs.render_documents(sessions.open_session, sessions.archive(), at=at)
    click.echo(f"Charges made: {charges}. Documents made: {documents}.")
    if failed:
        click.echo(f"Set aside: {failed}.", err=True)
        sys.exit(1)


def _report(outcome: jobs.Outcome) -> None:
    if outcome.reason:
        click.echo(f"{outcome.slug}: set aside. {outcome.reason}", err=True)
    elif outcome.numbers:
        click.echo(f"{outcome.slug}: {', '.join(outcome.numbers)}")
    else:
        click.echo(f"{outcome.slug}: nothing to close")
