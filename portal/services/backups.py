"""A backup: every row and every file in one archive, with a manifest of counts and checksums."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from invoices.archive import Archive, archive_name
from invoices.errors import ArchiveError
from portal.domain.errors import Refusal
from portal.models.documents import Document, DocumentFile
from portal.services import agreements, attached_contents, backup_rows, rendering

FORMAT = 1
MANIFEST = "manifest.json"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptTable:
    """The rows of a table, a line each; `columns` says in which order their values stand."""

    name: str
    sha256: str
    rows: int
    columns: tuple[str, ...]

    @property
    def entry(self) -> str:
        """Where in the archive it is."""
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file, by its name in the store."""

    name: str
    sha256: str

    @property
    def entry(self) -> str:
        """Where in the archive it is."""
        return f"files/{self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `revision` is that of the database's schema; `faults` says which files could not be kept."""

    format: int
    revision: str
    made_at: str
    tables: tuple[KeptTable, ...]
    files: tuple[KeptFile, ...]
    faults: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(table.rows for table in self.tables)


def make(session: Session, archive: Archive, target: Path, *, revision: str, at: datetime) -> Manifest:
    """Write a backup to `target`; `session` reads one snapshot of the database from beginning to end.

    The file appears when it is whole. Files are kept after the rows that name them: they are written once, and
    those that are written meanwhile belong to the next backup. A file that is missing or was changed is a fault in
    the manifest, and keeps nothing else out. Refused where `target` exists.
    """
    draft = target.with_name(f"{target.name}.unfinished")
    if target.exists():
        raise Refusal(f"{target} exists already. A backup is never written over.")
    draft.touch(mode=0o600)
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container:
        tables = tuple(_keep_table(session, container, table) for table in backup_rows.tables())
        faults: list[str] = []
        files = tuple(_keep_files(session, archive, container, faults))
        manifest = Manifest(FORMAT, revision, at.isoformat(), tables, files, tuple(faults))
        container.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1, ensure_ascii=False))
    draft.rename(target)
    return manifest


def check(source: Path) -> Manifest:
    """Read a whole backup and compare every checksum; refused for the first that differs."""
    with opened(source) as container:
        manifest = read_manifest(container)
        parts: list[KeptTable | KeptFile] = [*manifest.tables, *manifest.files]
        for part in parts:
            digest = hashlib.sha256()
            with _entry(container, part) as file:
                while piece := file.read(_PIECE):
                    digest.update(piece)
            if digest.hexdigest() != part.sha256:
                raise Refusal(f"{part.entry} is damaged: its SHA-256 is not the one in the manifest.")
    return manifest


def opened(source: Path) -> zipfile.ZipFile:
    """The archive for reading; refused where it is none."""
    try:
        return zipfile.ZipFile(source)
    except FileNotFoundError:
        raise Refusal(f"There is no file {source}.") from None
    except zipfile.BadZipFile:
        raise Refusal(f"{source} is not a backup, or it is not whole.") from None


def read_manifest(container: zipfile.ZipFile) -> Manifest:
    """What the archive says it holds; refused for a format that this version does not read."""
    try:
        told = json.loads(container.read(MANIFEST))
    except KeyError:
        raise Refusal("This is not a backup: it has no manifest.") from None
    if told.get("format") != FORMAT:
        raise Refusal(f"The backup has format {told.get('format')}. This version reads format {FORMAT}.")
    tables = tuple(KeptTable(**{**table, "columns": tuple(table["columns"])}) for table in told["tables"])
    files = tuple(KeptFile(**file) for file in told["files"])
    return Manifest(told["format"], told["revision"], told["made_at"], tables, files, tuple(told["faults"]))


def _keep_table(session: Session, container: zipfile.ZipFile, table: Table) -> KeptTable:
    digest, rows = hashlib.sha256(), 0
    with container.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as file:
        for line in backup_rows.lines(session, table):
            digest.update(line)
            file.write(line)
            rows += 1
    return KeptTable(table.name, digest.hexdigest(), rows, tuple(column.name for column in table.columns))


def _keep_files(
    session: Session, archive: Archive, container: zipfile.ZipFile, faults: list[str]
) -> Iterator[KeptFile]:
    kept = session.execute(
        select(Document.kind, Document.number, DocumentFile.sha256)
        .join(DocumentFile, DocumentFile.document_id == Document.id)
        .order_by(Document.id)
    )
    for kind, number, sha256 in kept:
        folder = rendering.KINDS[kind]
        try:
            content = archive.read(folder, number, sha256=sha256)
        except ArchiveError as error:
            faults.append(str(error))
            continue
        yield _kept(container, KeptFile(archive_name(folder, number), sha256), content)
    for sha256 in agreements.hashes(session):
        try:
            content = agreements.content_of(archive.store, sha256)
        except agreements.DamagedFileError as error:
            faults.append(str(error))
            continue
        yield _kept(container, KeptFile(agreements.file_name(sha256), sha256), content)
    for sha256 in attached_contents.hashes(session):
        try:
            content = attached_contents.content_of(archive.store, sha256)
        except attached_contents.DamagedContentError as error:
            faults.append(str(error))
            continue
        yield _kept(container, KeptFile(attached_contents.file_name(sha256), sha256), content)


def _kept(container: zipfile.ZipFile, file: KeptFile, content: bytes) -> KeptFile:
    # Most are compressed already.
    container.writestr(zipfile.ZipInfo(file.entry), content, zipfile.ZIP_STORED)
    return file


def _entry(container: zipfile.ZipFile, part: KeptTable | KeptFile) -> IO[bytes]:
    try:
        return container.open(part.entry)
    except KeyError:
        raise Refusal(f"{part.entry} is not in the backup, although its manifest names it.") from None
