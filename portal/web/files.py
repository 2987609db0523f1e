"""Where the application keeps its files."""

from __future__ import annotations

from flask import Flask, current_app

from invoices.archive import Archive
from portal.config import Settings
from portal.gateways.files import FileStore, open_store
from portal.services.attached_contents import Shelf


def init_app(app: Flask, settings: Settings) -> None:
    """Open the store that the settings name."""
    files = settings.files
    app.extensions["scanned"] = settings.clamd is not None
    app.extensions["files"] = open_store(settings.files_dir, bucket_url=files.bucket_url, endpoint=files.endpoint)


def store() -> FileStore:
    """The application's files."""
    opened: FileStore = current_app.extensions["files"]
    return opened


def archive() -> Archive:
    """Where issued documents are kept."""
    return Archive(store())


def shelf() -> Shelf:
    """Where files of cases lie, and whether they are looked into."""
    return Shelf(store(), current_app.extensions["scanned"])
