"""Issued documents are written once, by kind and number, and read back only as they were written."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from invoices.errors import ArchiveError

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Kind(StrEnum):
    """What is archived; the value is the folder's name."""

    CLOUD_INVOICE = "cloud-invoices"
    TAX_INVOICE = "tax-invoices"
    ORDER_FORM = "order-forms"


class Store(Protocol):
    """Where the files are. A file that is there already stays as it is; one that is not is a `FileNotFoundError`."""

    def create(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`: all of it, or nothing."""
        ...

    def read(self, name: str) -> bytes:
        """What was kept under `name`."""
        ...


@dataclass(frozen=True, slots=True)
class Archive:
    """The issued documents in a store."""

    store: Store

    def write(self, kind: Kind, number: str, content: bytes) -> str:
        """Keep `content`; its SHA-256 in hexadecimal. The same bytes again are fine, others are an `ArchiveError`."""
        name = archive_name(kind, number)
        self.store.create(name, content)
        # Read back, so that what is noted as archived is there, and is this.
        if self.store.read(name) != content:
            raise ArchiveError(f"{number} is archived already, with other content")
        return hashlib.sha256(content).hexdigest()

    def read(self, kind: Kind, number: str, *, sha256: str) -> bytes:
        """What was written under `number`; `ArchiveError` when it is not there or its SHA-256 is another."""
        try:
            content = self.store.read(archive_name(kind, number))
        except FileNotFoundError:
            raise ArchiveError(f"{number} is not in the archive") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ArchiveError(f"{number} is not what was archived: its SHA-256 is another")
        return content


def archive_name(kind: Kind, number: str) -> str:
    """Where in its store a document is; `ArchiveError` for a number that no file can be named after."""
    # A number becomes a file's name, so it may neither climb out of its folder nor hide in it.
    if not _NUMBER.fullmatch(number):
        raise ArchiveError(f"{number!r} is no number that a file can be named after")
    return f"{kind.value}/{number}.pdf"
