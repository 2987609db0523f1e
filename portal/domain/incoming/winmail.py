"""Files that Outlook packs into a `winmail.dat` (TNEF), which other programs cannot open."""

from __future__ import annotations

from collections.abc import Iterator

from portal.domain.incoming import charsets, headers
from portal.domain.incoming.letters import File

_SIGNATURE = b"\x78\x9f\x3e\x22"
# The kinds of attributes: a new file begins, its name, its content.
_BEGIN, _TITLE, _CONTENT = 0x00069002, 0x00018010, 0x0006800F
_MOST = 100


def files_in(packed: bytes) -> tuple[File, ...]:
    """The files in it, in their order; none where it is broken or no such thing."""
    found: list[tuple[str, bytes]] = []
    for kind, value in _attributes(packed):
        if kind == _BEGIN and len(found) < _MOST:
            found.append(("", b""))
        elif kind == _TITLE and found:
            name = headers.bare_name(charsets.text_of(value.rstrip(b"\0"), None))
            found[-1] = (name, found[-1][1])
        elif kind == _CONTENT and found:
            found[-1] = (found[-1][0], value)
    return tuple(
        File(name or f"file-{number}.bin", "application/octet-stream", content)
        for number, (name, content) in enumerate(found, start=1)
        if content
    )


def _attributes(packed: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and value of each: a level, the kind, a length, the value, and a sum that nobody checks."""
    at = 6
    if not packed.startswith(_SIGNATURE):
        return
    while at + 9 <= len(packed):
        kind = int.from_bytes(packed[at + 1 : at + 5], "little")
        end = at + 9 + int.from_bytes(packed[at + 5 : at + 9], "little")
        if end + 2 > len(packed):
            return
        yield kind, packed[at + 9 : end]
        at = end + 2
