"""What a file's content says of itself, by the signatures that puremagic knows."""

from __future__ import annotations

import codecs
import re
from typing import IO

import puremagic

from portal.domain.attachments import KINDS, Content

_PIECE = 64 * 1024
# In a text stand tabs, ends of lines, and the escapes by which logs are coloured.
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PROGRAM = "a program"
# Programs by their first bytes; the library knows hundreds of names for the same.
_PROGRAMS = {
    b"MZ": "a program for Windows",
    b"\x7fELF": "a program for Linux",
    b"\xca\xfe\xba\xbe": _PROGRAM,
    b"\xcf\xfa\xed\xfe": "a program for macOS",
    b"\xce\xfa\xed\xfe": "a program for macOS",
    b"\xfe\xed\xfa": "a program for macOS",
    b"dex\n": "a program for Android",
}
# Office documents are ZIP archives, too; which one it is, is told by what is in it.
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ZIPS = frozenset(ending for kind in KINDS if kind.part for ending in kind.endings) | {"zip"}
_TITLES = {ending: kind.title for kind in KINDS for ending in kind.endings}


def recognise(stream: IO[bytes]) -> Content:
    """The endings that the content of `stream` may have, and whether it is plain text; read from its beginning."""
    stream.seek(0)
    if _is_text(stream):
        # A page, a drawing or a PDF can be plain text, too.
        return Content(_endings(stream), is_text=True, title="a text")
    stream.seek(0)
    first = stream.read(8)
    program = next((title for signature, title in _PROGRAMS.items() if first.startswith(signature)), None)
    if first.startswith(_ZIP):
        return Content(_ZIPS, is_text=False, title=_TITLES["zip"])
    endings = frozenset[str]() if program else _endings(stream)
    titles = [_TITLES[ending] for ending in sorted(endings) if ending in _TITLES]
    return Content(endings, is_text=False, title=program or (titles[0] if len(set(titles)) == 1 else None))


def _endings(stream: IO[bytes]) -> frozenset[str]:
    stream.seek(0)
    try:
        found = puremagic.magic_stream(stream)
    except (puremagic.PureError, ValueError):
        # It knows nothing like it, or there is nothing.
        return frozenset()
    # `.tar.bz2` is one of what is packed by bzip2.
    return frozenset(match.extension.rpartition(".")[2].lower() for match in found if match.extension)


def _is_text(stream: IO[bytes]) -> bool:
    """Whether nothing in it is what no text has, whatever letters it is written in."""
    piece = stream.read(_PIECE)
    if piece.startswith(_WIDE):
        return _is_wide_text(stream, piece)
    while piece:
        if _NOT_IN_TEXT.search(piece):
            return False
        piece = stream.read(_PIECE)
    return True


def _is_wide_text(stream: IO[bytes], piece: bytes) -> bool:
    """Whether it is UTF-16, as programs of Windows write it."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        while piece:
            if _NOT_IN_TEXT.search(decoder.decode(piece).encode("utf-8", "surrogatepass")):
                return False
            piece = stream.read(_PIECE)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
