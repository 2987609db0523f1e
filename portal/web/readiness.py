"""Whether the portal can do its work: database, migrations, mail, disk, the folder of files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from flask import Flask, current_app
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from portal import database, schema
from portal.config import Settings
from portal.services import backlog

CHECKS = ("database", "migrations", "mail", "disk", "files")
# Load balancers ask often, and from many places: an answer is good for so long.
_GOOD_FOR = timedelta(seconds=1)


@dataclass(slots=True)
class _Readiness:
    engine: Engine
    settings: Settings
    asking: Lock = field(default_factory=Lock)
    known: Mapping[str, str] = field(default_factory=dict)
    known_at: datetime | None = None


def init_app(app: Flask, settings: Settings) -> None:
    """Check `app` with the thresholds of the settings; comes after the database."""
    app.extensions["readiness"] = _Readiness(app.extensions["database"], settings)


def problems(*, at: datetime) -> Mapping[str, str]:
    """What is wrong at `at`, by the name of the check, in words that anybody may read; asked once a second at most."""
    state: _Readiness = current_app.extensions["readiness"]
    with state.asking:
        if state.known_at is None or not timedelta() <= at - state.known_at < _GOOD_FOR:
            state.known, state.known_at = dict(_look(state, at)), at
        return state.known


def _look(state: _Readiness, at: datetime) -> Iterator[tuple[str, str]]:
    try:
        yield from _in_database(state, at)
    except SQLAlchemyError:
        yield "database", "does not answer"
    yield from _on_disk(state.settings)


def _in_database(state: _Readiness, at: datetime) -> Iterator[tuple[str, str]]:
    if schema.is_behind(state.engine):
        yield "migrations", "the database lacks migrations of this version: flask db upgrade"
        return
    longest = state.settings.readiness.mail_lag
    with database.reading(state.engine)() as session:
        lag = backlog.mail_lag(session, at=at) if longest else longest
    if lag > longest:
        yield "mail", f"the oldest has been due for {lag // timedelta(minutes=1)} minutes"


def _on_disk(settings: Settings) -> Iterator[tuple[str, str]]:
    folders = _folders(settings)
    least = settings.readiness.disk_bytes
    free = min((shutil.disk_usage(folder).free for folder in folders.values()), default=least)
    if free < least:
        yield "disk", f"{free // 1_000_000} MB are free, at least {least // 1_000_000} are needed"
    if "files" in folders and not _is_writable(folders["files"]):
        yield "files", "the folder cannot be written to"


def _folders(settings: Settings) -> dict[str, Path]:
    """The folders of this machine that are written to, or the nearest that is there already."""
    folders = {}
    if settings.files.bucket_url is None:
        folders["files"] = _nearest(settings.files_dir)
    address = make_url(settings.database_url)
    if address.get_backend_name() == "sqlite" and address.database:
        folders["database"] = _nearest(Path(address.database).absolute().parent)
    return folders


def _nearest(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _is_writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
