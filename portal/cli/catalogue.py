"""`flask catalogue`: looks at catalogue files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from portal import catalogues
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Malformed
from portal.services import support_policies

catalogue_commands = AppGroup("catalogue", help="Catalogues: what vendors sell.")


# Without an application context, so that it needs no database.
@catalogue_commands.command("check", with_appcontext=False)
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Read the catalogue in FILE and say what it holds, or what is wrong with it first (CAT-4)."""
    try:
        catalogue = catalogues.read(file, source=str(file))
    except Malformed as mistake:
        # One line, in the form that editors and scripts know from compilers.
        click.echo(" ".join(str(mistake).split()), err=True)
        sys.exit(1)
    for line in _summary(catalogue):
        click.echo(line)


@catalogue_commands.command("policy", with_appcontext=False)
@click.argument("name", type=click.Choice(catalogues.names()))
def policy(name: str) -> None:
    """Print the newest support policy of the catalogue NAME with its tables written out (POLICY-2).

    Before a later version is posted, this goes into the file of the one before, so that it stays what it was.
    """
    click.echo(support_policies.text_of(catalogues.load(name), catalogues.load_policies(name)[-1]), nl=False)


def _summary(catalogue: Catalogue) -> Iterator[str]:
    yield f"{catalogue.title}: plans are {catalogue.plan_binding}, invoices by {catalogue.invoice_scope}."
    roles = catalogue.roles
    yield f"Roles: {len(roles.organization)} in the organization, {len(roles.project)} in projects."
    sections = {
        "Support plans": [plan.name for plan in catalogue.support_plans.values()],
        "Pricing plans": [plan.name for plan in catalogue.pricing_plans.values()],
        "Severities": [severity.name for severity in catalogue.severities.values()],
        "Channels": [channel.name for channel in catalogue.channels.values()],
        "Calendars": list(catalogue.calendars),
        "Subscription types": [kind.name for kind in catalogue.subscription_types.values()],
        "Consulting packages": [package.name for package in catalogue.consulting_packages.values()],
        "Fields of the form": [field.label for field in catalogue.case_form.values()],
    }
    for title, names in sections.items():
        yield f"{title}: {', '.join(names) or 'none'}."
    yield f"Response targets: {len(catalogue.response_targets)}. Rules of change: {len(catalogue.change_rules)}."
