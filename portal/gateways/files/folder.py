"""Keeps files in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Keeps files below `folder`."""

    folder: Path

    def create(self, name: str, content: bytes) -> None:
        """As `create_from`."""
        self.create_from(name, BytesIO(content))

    def create_from(self, name: str, content: IO[bytes]) -> None:
        """The whole file appears under its name at once, or not at all; of two writers the first one wins."""
        path = self.folder / name
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        written = Path(draft)
        try:
            with os.fdopen(handle, "wb") as file:
                content.seek(0)
                shutil.copyfileobj(content, file, _PIECE)
                file.flush()
                os.fsync(file.fileno())
            written.chmod(0o444)
            try:
                path.hardlink_to(written)
            except FileExistsError:
                return
        finally:
            written.unlink()
        _settle(path.parent)

    def read(self, name: str) -> bytes:
        """What was kept; `FileNotFoundError` where nothing was."""
        return (self.folder / name).read_bytes()

    def pieces(self, name: str) -> Iterator[bytes]:
        """What was kept, piece by piece; `FileNotFoundError` at once where nothing was."""
        pieces = _pieces(self.folder / name)
        # Begun, it has the file open, and whoever drops it closes the file.
        next(pieces)
        return pieces

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.folder / name).exists()

    def remove(self, name: str) -> None:
        """Keep the file no longer; nothing happens where there is none."""
        (self.folder / name).unlink(missing_ok=True)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield b""
        while piece := file.read(_PIECE):
            yield piece


def _settle(folder: Path) -> None:
    # A new name outlives a power cut only when its folder is written, too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
