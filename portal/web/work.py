"""Tells the workers that there is something to do: after a commit, or because somebody waits for it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.looks import Look
from portal.gateways.queue import Queue
from portal.services import looks


def init_app(app: Flask, settings: Settings) -> None:
    """Know the queue that the settings name."""
    app.extensions["queue"] = Queue(settings.queue.url)


def ask_workers(committed: Session) -> None:
    """Have them look after what was asked for in the session, so that it is begun at once and not a minute later."""
    ask(looks.asked(committed))


def ask(wanted: Iterable[Look]) -> None:
    """Have them look now: for work that has been in the tables before."""
    queue: Queue = current_app.extensions["queue"]
    queue.ask(wanted)
