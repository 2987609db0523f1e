"""Keeps files in a folder of this machine."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Keeps files below `folder`."""

    folder: Path

    def create(self, name: str, content: bytes) -> None:
        """The whole file appears under its name at once, or not at all; of two writers the first one wins."""
        path = self.folder / name
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        written = Path(draft)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
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


def _settle(folder: Path) -> None:
    # A new name outlives a power cut only when its folder is written, too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
