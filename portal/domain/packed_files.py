"""Packed files that unpack to far too much: found by unpacking piece by piece, and keeping none of it."""

from __future__ import annotations

import bz2
import gzip
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from typing import IO

from portal.domain.errors import Refusal

MOST_UNPACKED = 512 * 1024 * 1024
MOST_ENTRIES = 10_000
# A log packs to a twentieth, a dump to a fiftieth; what packs to less than this part of itself is made to harm.
MOST_TIMES = 200
DEEPEST = 3
# A small file may well be a thousand zeros.
_HARMLESS = 16 * 1024 * 1024
_PIECE = 64 * 1024
_IN_MEMORY = 1024 * 1024
# The directory of so many entries with names of usual length; reading one takes ten times its size in memory.
_LARGEST_DIRECTORY = 200 * MOST_ENTRIES
# The end of a ZIP: its signature, eight bytes of counts, the directory's size and place, and a comment's length.
_END = struct.Struct("<4s8xII2x")
_END_SIGNATURE, _ZIP, _GZIP, _BZIP2 = b"PK\x05\x06", b"PK\x03\x04", b"\x1f\x8b", b"BZh"
_LONGEST_COMMENT = 65_535
_LOCKED = 1
# The other ways are rare, and are unpacked by the library without a bound.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What the library raises for what is none: it looks up and slices without asking.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, ValueError, LookupError,
    OverflowError,
)  # fmt: skip


@dataclass(slots=True)
class _Count:
    """What was unpacked so far, of a file of `packed` bytes in all."""

    name: str
    packed: int
    unpacked: int = 0
    entries: int = 0

    def add(self, size: int) -> None:
        self.unpacked += size
        times = self.unpacked // max(self.packed, 1)
        if self.unpacked > MOST_UNPACKED or (self.unpacked > _HARMLESS and times > MOST_TIMES):
            raise Refusal(f"“{self.name}” unpacks to far more than it has itself, and is not taken.")

    def enter(self, count: int) -> None:
        self.entries += count
        if self.entries > MOST_ENTRIES:
            raise Refusal(f"“{self.name}” has more than {MOST_ENTRIES:,} files in it. Send fewer at once.")


def check(name: str, stream: IO[bytes], size: int) -> None:
    """Refuse what is packed too often, too tight, or with a password, and what cannot be read (FILE-4).

    `stream` is read from its beginning. What is not packed passes.
    """
    stream.seek(0)
    with _damage_refused(name):
        _look_into(stream, _Count(name, size), depth=1)


def members(name: str, stream: IO[bytes]) -> frozenset[str]:
    """The names in a ZIP that has passed `check`: they tell one Office document from another."""
    stream.seek(0)
    with _damage_refused(name), zipfile.ZipFile(stream) as container:
        return frozenset(container.namelist())


@contextmanager
def _damage_refused(name: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE:
        raise Refusal(f"“{name}” is damaged, or packed in a way that cannot be read here.") from None


def _look_into(stream: IO[bytes], count: _Count, *, depth: int) -> None:
    """Unpack what is packed, and what is packed in it; `stream` can be read from any place."""
    first = stream.read(4)
    stream.seek(0)
    if not first.startswith((_ZIP, _END_SIGNATURE, _GZIP, _BZIP2)):
        return
    if depth > DEEPEST:
        raise Refusal(f"“{count.name}” is packed more than {DEEPEST} times over. Unpack it once, and send that.")
    if first.startswith(_GZIP):
        with gzip.GzipFile(fileobj=stream, mode="rb") as unzipped:
            _unpack(unzipped, count, depth=depth)
    elif first.startswith(_BZIP2):
        with bz2.BZ2File(stream) as unzipped:
            _unpack(unzipped, count, depth=depth)
    else:
        _look_into_zip(stream, count, depth=depth)


def _look_into_zip(stream: IO[bytes], count: _Count, *, depth: int) -> None:
    _check_directory(stream, count)
    with zipfile.ZipFile(stream) as container:
        entries = [entry for entry in container.infolist() if not entry.is_dir()]
        count.enter(len(entries))
        if any(entry.flag_bits & _LOCKED for entry in entries):
            raise Refusal(f"“{count.name}” is locked with a password, so that nobody can check it. Send it unlocked.")
        if any(entry.compress_type not in _METHODS for entry in entries):
            raise zipfile.BadZipFile
        # An honest bomb says in its directory how large it is.
        promised = sum(entry.file_size for entry in entries)
        if promised > MOST_UNPACKED:
            count.add(promised)
        for entry in entries:
            # One that lies says less, and is then read no further: what comes out counts, not what is said.
            entry.file_size = MOST_UNPACKED + 1
            with container.open(entry) as unpacked:
                _unpack(unpacked, count, depth=depth)


def _check_directory(stream: IO[bytes], count: _Count) -> None:
    """Refuse a ZIP whose directory alone would fill the memory."""
    stream.seek(0, 2)
    stream.seek(max(stream.tell() - _LONGEST_COMMENT - 22, 0))
    tail = stream.read()
    place = tail.rfind(_END_SIGNATURE)
    if place < 0 or len(tail) - place < _END.size:
        raise zipfile.BadZipFile
    _, size, _ = _END.unpack_from(tail, place)
    if size > _LARGEST_DIRECTORY:
        count.enter(MOST_ENTRIES + 1)


def _unpack(unpacked: IO[bytes] | BufferedIOBase, count: _Count, *, depth: int) -> None:
    """Count what comes out. What is packed itself is kept meanwhile, on the disk where it is large, and unpacked."""
    piece = unpacked.read(_PIECE)
    if not piece.startswith((_ZIP, _GZIP, _BZIP2)):
        while piece:
            count.add(len(piece))
            piece = unpacked.read(_PIECE)
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as inner:
        while piece:
            count.add(len(piece))
            inner.write(piece)
            piece = unpacked.read(_PIECE)
        inner.seek(0)
        _look_into(inner, count, depth=depth + 1)
