"""`flask demo`: fills the database with the demo, and prints the scenarios that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from portal import clock
from portal.cli import sessions
from portal.jobs import contract_years, documents
from portal.services import demo
from portal.web import files

demo_commands = AppGroup("demo", help="The demo: three organizations, their people and their months.")


@demo_commands.command("load")
@with_appcontext
def load() -> None:
    """Make the demo and its documents. A database that has it is left alone; what is missing is completed."""
    at = clock.now()
    with sessions.open_session() as session:
        if not demo.is_loaded(session):
            scenarios = demo.scenario_texts(today=at.date())
            demo.load(session, scenarios, at=at, base_url=sessions.settings().base_url)
            # Kept before the commit: whoever finds the demo also finds the files that it was made of.
            _keep(scenarios, _folder())
            session.commit()
            click.echo("The demo was made.")
    # Before the first worker looks: whoever signs in finds every paper of today with its file.
    contract_years.begin(sessions.opener(), at=at)
    with closing(sessions.presses()) as presses:
        made = documents.render(sessions.opener(), files.archive(), at=at, presses=presses)
    if made:
        click.echo(f"Documents made: {made}.")


@demo_commands.command("scenario")
@click.argument("name")
def scenario(name: str) -> None:
    """Print the scenario file of the demo's organization NAME as of today."""
    with sessions.refusals_as_errors():
        click.echo(demo.scenario_text(name, today=clock.today()), nl=False)


def _folder() -> Path:
    return sessions.settings().files_dir.parent / "demo"


def _keep(scenarios: Mapping[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for slug, text in scenarios.items():
        draft = folder / f"{slug}.json.new"
        draft.write_text(text, "utf-8")
        draft.replace(folder / f"{slug}.json")
