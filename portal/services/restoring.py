"""Puts a backup back: every row into an empty database, every file into its store."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.gateways.files import FileStore
from portal.services import backup_rows, backups
from portal.services.backups import Manifest


def restore(session: Session, store: FileStore, source: Path, *, revision: str) -> Manifest:
    """Check the whole backup, then write it; what it held. The caller commits, or nothing has happened.

    The database may be of another kind than the one that was backed up. Refused where it is not empty, has another
    schema than `revision`, or where the backup is damaged or another file lies under the name of one of its files.
    """
    manifest = backups.check(source)
    if manifest.revision != revision:
        raise Refusal(
            f"The backup has schema {manifest.revision}, this version of the portal {revision}. "
            "Restore with the version that made it, then upgrade."
        )
    backup_rows.refuse_unless_empty(session)
    with backups.opened(source) as container:
        for file in manifest.files:
            _put_back(store, file.name, container.read(file.entry))
        by_name = {kept.name: kept for kept in manifest.tables}
        for table in backup_rows.tables():
            kept = by_name[table.name]
            with container.open(kept.entry) as lines:
                backup_rows.write(session, table, kept.columns, lines)
    backup_rows.move_counters(session)
    return manifest


def _put_back(store: FileStore, name: str, content: bytes) -> None:
    store.create(name, content)
    if store.read(name) != content:
        raise Refusal(f"There is another file {name} already. Restore into an empty place.")
