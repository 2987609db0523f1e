"""Issued documents are written once, by kind and number, and read back only as they were written."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from invoices.errors import ArchiveError

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Kind(StrEnum):
    """What is archived; the value is the folder's name."""

    CLOUD_INVOICE = "cloud-invoices"
    TAX_INVOICE = "tax-invoices"


@dataclass(frozen=True, slots=True)
class Archive:
    """The folder that holds issued documents."""

    folder: Path

    def write(self, kind: Kind, number: str, content: bytes) -> str:
        """Keep `content`; its SHA-256 in hexadecimal. The same bytes again are fine, others are an `ArchiveError`."""
        path = self._path(kind, number)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _publish(path, content)
        if path.read_bytes() != content:
            raise ArchiveError(f"{number} is archived already, with other content")
        return hashlib.sha256(content).hexdigest()

    def read(self, kind: Kind, number: str, *, sha256: str) -> bytes:
        """What was written under `number`; `ArchiveError` when it is not there or its SHA-256 is another."""
        path = self._path(kind, number)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise ArchiveError(f"{number} is not in the archive") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ArchiveError(f"{number} is not what was archived: its SHA-256 is another")
        return content

    def _path(self, kind: Kind, number: str) -> Path:
        # A number becomes a file's name, so it may neither climb out of the folder nor hide in it.
        if not _NUMBER.fullmatch(number):
            raise ArchiveError(f"{number!r} is no number that a file can be named after")
        return self.folder / kind.value / f"{number}.pdf"


def _publish(path: Path, content: bytes) -> None:
    """The whole file appears under its name at once, or not at all; of two writers the first one wins."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(0o444)
        try:
            os.link(written, path)
        except FileExistsError:
            return
    finally:
        written.unlink()
    _settle(path.parent)


def _settle(folder: Path) -> None:
    # A new name outlives a power cut only when its folder is written, too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
