"""What commands work with: the application's database and settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy.orm import Session

from invoices.presses import Presses
from portal import database
from portal.config import Settings
from portal.domain.errors import Refusal
from portal.jobs.sessions import OpenSession
from portal.web import db


def open_session() -> Session:
    """A new session that writes."""
    return database.writing(db.engine())()


def opener() -> OpenSession:
    """What opens new sessions that write, in threads too, which know no application."""
    return database.writing(db.engine())


def presses() -> Presses:
    """The processes that draw documents, as many and as bounded as the settings say; the caller closes them."""
    queue = settings().queue
    return Presses(queue.document_processes, seconds=queue.document_seconds, megabytes=queue.document_megabytes)


def settings() -> Settings:
    """The settings that the application was made with."""
    given: Settings = current_app.extensions["settings"]
    return given


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """End the command with the refusal's words and exit status 1, instead of a traceback."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
