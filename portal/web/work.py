"""Tells the workers, after a commit, that it left them something to do."""

from __future__ import annotations

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.gateways.queue import Queue
from portal.services import looks


def init_app(app: Flask, settings: Settings) -> None:
    """Know the queue that the settings name."""
    app.extensions["queue"] = Queue(settings.queue.url)


def ask_workers(committed: Session) -> None:
    """Have them look after what was asked for in the session, so that it is begun at once and not a minute later."""
    queue: Queue = current_app.extensions["queue"]
    queue.ask(looks.asked(committed))
