"""`flask simulate`: what would a customer pay?"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from portal import throw_away
from portal.domain.errors import Refusal
from portal.services import scenario_files, simulation, simulation_answer

# Below this many files a process is not worth the database that it makes for itself.
_FILES_A_PROCESS = 10


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
    processes = min(os.cpu_count() or 1, len(files) // _FILES_A_PROCESS)
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return map(_play, files)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return pool.map(_play, files, chunksize=_FILES_A_PROCESS)


def _play(file: str) -> _Played:
    with throw_away.session() as session:
        try:
            scenario = scenario_files.read(file, available=simulation.available())
            organization = simulation.play(session, scenario, slug="scenario")
            answer = simulation_answer.answer(session, organization, until=scenario.until)
        except Refusal as refusal:
            return _Played(refusal=" ".join(f"{file}: {refusal}".split()))
    return _Played(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
