"""`flask simulate`: what would a customer pay?"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import click
from sqlalchemy.orm import Session

from portal import throw_away
from portal.domain.errors import Malformed, Refusal
from portal.domain.scenarios import Scenario
from portal.models.organizations import Organization
from portal.services import scenario_files, simulation, simulation_answer

# Below this many files a process is not worth the database that it makes for itself.
_FILES_A_PROCESS = 10
# So many play together in one database, at most.
_FILES_TOGETHER = 200


@dataclass(frozen=True, slots=True)
class _Played:
    """A file's answer as JSON, or why it was refused."""

    answer: str = ""
    refusal: str | None = None


@click.command("simulate")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def simulate_command(files: tuple[str, ...]) -> None:
    """Play the scenario in each FILE and print what it came to, one JSON document a line.

    docs/scenario-files.md says what such a file looks like. Nothing is charged, sent or kept.
    """
    answers = []
    for played in _play_all(files):
        if played.refusal is not None:
            click.echo(played.refusal, err=True)
            sys.exit(2)
        answers.append(played.answer)
    for answer in answers:
        click.echo(answer)


def _play_all(files: Sequence[str]) -> Iterable[_Played]:
    """Every file in the order given, shared among the processors where there are many."""
    processes = max(1, min(os.cpu_count() or 1, len(files) // _FILES_A_PROCESS))
    # As many parts for each process, so that none works on while the others have ended.
    rounds = -(-len(files) // (processes * _FILES_TOGETHER))
    together = -(-len(files) // (processes * rounds))
    parts = [files[first : first + together] for first in range(0, len(files), together)]
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return chain.from_iterable(map(_play, parts))
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return chain.from_iterable(pool.map(_play, parts, chunksize=1))


def _play(files: Sequence[str]) -> Sequence[_Played]:
    """The files' answers, in their order; they play together in one database."""
    read = [_read(file) for file in files]
    scenarios = {f"scenario-{place}": one for place, one in enumerate(read) if isinstance(one, Scenario)}
    with throw_away.session() as session:
        played = iter(simulation.play_all(session, scenarios))
        return [
            _played(session, file, one, next(played)) if isinstance(one, Scenario) else _refused(file, one)
            for file, one in zip(files, read, strict=True)
        ]


def _read(file: str) -> Scenario | Refusal:
    try:
        return scenario_files.read(file, available=simulation.available())
    except Refusal as refusal:
        return refusal


def _played(session: Session, file: str, scenario: Scenario, outcome: Organization | Malformed) -> _Played:
    if isinstance(outcome, Malformed):
        return _refused(file, outcome)
    answer = simulation_answer.answer(session, outcome, until=scenario.until)
    return _Played(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))


def _refused(file: str, refusal: Refusal) -> _Played:
    return _Played(refusal=" ".join(f"{file}: {refusal}".split()))
