"""Where files are kept: the store that everything written once goes to, and the kinds of it that there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from portal.gateways.files.folder import FolderStore


class FileStore(Protocol):
    """Keeps files by name, each written once. A name is a relative path of plain parts ("tax-invoices/TI-1.pdf")."""

    def create(self, name: str, content: bytes) -> None:
        """Keep `content`: all of it, or nothing. A file that is there already stays as it is."""
        ...

    def create_from(self, name: str, content: IO[bytes]) -> None:
        """As `create`, with what can be read from the beginning of `content`; the folder reads it piece by piece."""
        ...

    def read(self, name: str) -> bytes:
        """What was kept; `FileNotFoundError` where nothing was."""
        ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """What was kept, piece by piece; `FileNotFoundError` at once where nothing was."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def remove(self, name: str) -> None:
        """Keep the file no longer; nothing happens where there is none."""
        ...


def open_store(folder: Path, *, bucket_url: str | None = None, endpoint: str | None = None) -> FileStore:
    """The bucket at `bucket_url` ("s3://invoices/portal"), where one is named, else the folder.

    `endpoint` is the address of an S3-compatible server; Amazon's own needs none.
    """
    if bucket_url is None:
        return FolderStore(folder)
    # Imported where it is wanted: an installation with a folder does not wait for it.
    from portal.gateways.files.bucket import BucketStore

    return BucketStore.at(bucket_url, endpoint=endpoint)
