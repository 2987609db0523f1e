"""The contents of files that were sent: taken in, scanned, given back, and let go of when nobody refers to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invoices.archive import Store
from portal.domain import attachments, packed_files
from portal.domain.attachments import FileKind, FileState, Limits
from portal.domain.looks import Look
from portal.gateways import file_types
from portal.gateways.files import FileStore
from portal.models.attachments import AttachedContent, Attachment
from portal.models.base import Base
from portal.services import looks

_PIECE = 256 * 1024
_TABLE = Base.metadata.tables[AttachedContent.__tablename__]


class DamagedContentError(Exception):
    """A content in the store is not what was sent."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where contents lie, and whether a scanner looks into them before they are given back."""

    store: FileStore
    is_scanned: bool


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: what it is called there, and its content, which can be read from any place."""

    name: str
    stream: IO[bytes]


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be taken: its safe name, what it is, and its content with its SHA-256."""

    name: str
    kind: FileKind
    size: int
    sha256: str
    stream: IO[bytes]


def inspect(upload: Upload, limits: Limits) -> Inspected:
    """Look at all of a file (FILE-1 to FILE-4); refused by its name, in words. It needs no database, and some time."""
    name, stream = attachments.safe_name(upload.name), upload.stream
    size = stream.seek(0, 2)
    attachments.check_size(name, size, limits)
    kind = attachments.kind_of(name, file_types.recognise(stream))
    packed_files.check(name, stream, size)
    if kind.part:
        attachments.check_parts(name, kind, packed_files.members(name, stream))
    return Inspected(name, kind, size, _sha256(stream), stream)


def keep(session: Session, shelf: Shelf, inspected: Inspected, *, at: datetime) -> AttachedContent:
    """Keep the content, once however often it is sent (FILE-5). What waits for the scanner is asked for.

    The row is held until the transaction ends: nobody lets go of the file meanwhile.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    state = FileState.CHECKING if shelf.is_scanned else FileState.CLEAN
    values = {"sha256": inspected.sha256, "size": inspected.size, "state": state, "created_at": at}
    session.execute(insert(_TABLE).values(values).on_conflict_do_nothing())
    row = session.get_one(AttachedContent, inspected.sha256, with_for_update=True)
    if not shelf.store.has(file_name(row.sha256)):
        shelf.store.create_from(file_name(row.sha256), inspected.stream)
    if row.state is FileState.CHECKING:
        looks.ask(session, Look.ATTACHMENTS)
    return row


def pieces(store: FileStore, sha256: str) -> Iterator[bytes]:
    """The content, piece by piece; `FileNotFoundError` at once where the store has lost it."""
    return store.pieces(file_name(sha256))


def content_of(store: Store, sha256: str) -> bytes:
    """The whole content, as it was sent; `DamagedContentError` where the store has another, or none."""
    try:
        content = store.read(file_name(sha256))
    except FileNotFoundError:
        raise DamagedContentError(f"attachment {sha256} is not in the store") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedContentError(f"attachment {sha256} is not what was sent")
    return content


def take_in_hand(session: Session, *, at: datetime, until: datetime) -> str | None:
    """The SHA-256 of the oldest content that waits for the scanner and that nobody has in hand, until `until`."""
    row = session.scalar(
        select(AttachedContent)
        .where(
            AttachedContent.state == FileState.CHECKING,
            or_(AttachedContent.next_try_at.is_(None), AttachedContent.next_try_at <= at),
        )
        .order_by(AttachedContent.created_at, AttachedContent.sha256)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.next_try_at = until
    return row.sha256


def note_checked(session: Session, sha256: str, *, finding: str | None, at: datetime) -> None:
    """Note what the scanner said: nothing, or what it found (FILE-6). What was noted before stays."""
    row = session.get(AttachedContent, sha256, with_for_update=True)
    if row is None or row.state is not FileState.CHECKING:
        return
    row.state = FileState.INFECTED if finding else FileState.CLEAN
    row.finding, row.checked_at, row.next_try_at, row.reason = finding, at, None, None


def put_off(session: Session, sha256: str, reason: str, *, until: datetime) -> None:
    """Note why the scanner could not look into it, and from when on it is tried again."""
    row = session.get(AttachedContent, sha256, with_for_update=True)
    if row is not None and row.state is FileState.CHECKING:
        row.reason, row.next_try_at = reason, until


def let_go(session: Session, store: FileStore, *, at_most: int) -> int:
    """Remove up to `at_most` contents that nobody refers to any more, and say how many they were.

    The file goes before its row: killed between the two, the next time ends it.
    """
    unused = ~select(Attachment.id).where(Attachment.sha256 == AttachedContent.sha256).exists()
    found = session.scalars(
        select(AttachedContent.sha256).where(unused).limit(at_most).with_for_update(skip_locked=True)
    ).all()
    # Asked again: somebody may have sent one of them before it was held.
    free = session.scalars(select(AttachedContent.sha256).where(unused, AttachedContent.sha256.in_(found))).all()
    for sha256 in free:
        store.remove(file_name(sha256))
    session.execute(delete(AttachedContent).where(AttachedContent.sha256.in_(free)))
    return len(free)


def hashes(session: Session) -> Sequence[str]:
    """The SHA-256 of every content, the oldest first."""
    query = select(AttachedContent.sha256).order_by(AttachedContent.created_at, AttachedContent.sha256)
    return session.scalars(query).all()


def file_name(sha256: str) -> str:
    """Where in the store a content lies."""
    return f"attachments/{sha256}"


def _sha256(stream: IO[bytes]) -> str:
    seen = hashlib.sha256()
    stream.seek(0)
    while piece := stream.read(_PIECE):
        seen.update(piece)
    return seen.hexdigest()
