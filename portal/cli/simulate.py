"""`flask simulate`: what would a customer pay?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from portal import schema
from portal.database import make_engine, writing
from portal.domain.errors import Refusal
from portal.services import scenario_files, simulation, simulation_answer


@click.command("simulate")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def simulate_command(files: tuple[str, ...]) -> None:
    """Play the scenario in each FILE and print what it came to, one JSON document a line.

    docs/scenario-files.md says what such a file looks like. Nothing is charged, sent or kept.
    """
    with _throw_away_database() as session:
        answers = [_answer(session, file) for file in files]
    for answer in answers:
        click.echo(answer)


def _answer(session: Session, file: str) -> str:
    try:
        scenario = scenario_files.read(file, available=simulation.available())
        organization = simulation.play(session, scenario, slug="scenario")
        found = simulation_answer.answer(session, organization, until=scenario.until)
    except Refusal as refusal:
        click.echo(" ".join(f"{file}: {refusal}".split()), err=True)
        sys.exit(2)
    finally:
        # The next file finds an empty database and the first numbers again.
        session.rollback()
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def _throw_away_database() -> Iterator[Session]:
    engine = make_engine("sqlite://")
    schema.upgrade(engine)
    with writing(engine)() as session:
        yield session
    engine.dispose()
