"""What stands in the head of a mail, read so that no head can break it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses
from pathlib import PurePosixPath

from portal.domain.incoming import charsets
from portal.domain.mail import is_address

LONGEST_SUBJECT = 255
LONGEST_NAME = 120
_LONGEST_ID = 200
# Of a megabyte of a head, so much is looked at.
_LOOKED_AT = 4_000
_LOOKED_AT_ADDRESSES = 60_000
_LOOKED_AT_PARAMETERS = 8_000
_MOST_COMMENTS = 20
_MOST_IDS = 100
_ID = re.compile(r"<[^<>\s\x00-\x1f]{1,198}>")
_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=")


def values(message: Message, name: str) -> list[str]:
    """All headers of this name, the topmost first, unfolded and as they came."""
    return [_unfolded(str(value)) for key, value in message.raw_items() if key.casefold() == name.casefold()]


def first(message: Message, name: str) -> str:
    """The topmost header of this name; empty where there is none."""
    return next(iter(values(message, name)), "")


def words(value: str, *, longest: int) -> str:
    """A header as people read it: decoded (RFC 2047), clean, on one line."""
    return charsets.one_line(_decoded(value[:_LOOKED_AT]), longest=longest)


def addresses(found: Sequence[str]) -> list[tuple[str, str]]:
    """Names and addresses of headers such as To; what is no address is left out."""
    # A stranger's comments within comments would take Python's reader deeper than it can go.
    sane = [_clip(value) for value in found if value.count("(") <= _MOST_COMMENTS]
    pairs = [(words(name, longest=LONGEST_NAME), address.strip()) for name, address in getaddresses(sane)]
    return [(name, address) for name, address in pairs if is_address(address)]


def sender(message: Message) -> tuple[str, str]:
    """Name and address of who wrote it; no address where there is not exactly one, so that nobody can be two."""
    found = values(message, "From")
    pairs = addresses(found) if len(found) == 1 else []
    named = found[0].count("@") if found else 0
    # `ann@acme.example <eve@evil.example>` shows one address and is from another: the one in brackets counts.
    is_one = len(pairs) == 1 and (named == 1 or bool(re.search(r"<[^<>@\s]+@[^<>@\s]+>\s*$", found[0])))
    return (pairs[0][0], pairs[0][1].casefold()) if is_one else ("", "")


def recipients(message: Message) -> tuple[str, ...]:
    """The addresses of To and Cc, each once, in small letters."""
    pairs = addresses([*values(message, "To"), *values(message, "Cc")])
    return tuple(dict.fromkeys(address.casefold() for _, address in pairs))


def ids(value: str) -> tuple[str, ...]:
    """The Message-IDs in a header, the newest last; of very many the newest."""
    return tuple(_ID.findall(value[-_LOOKED_AT_ADDRESSES:]))[-_MOST_IDS:]


def message_id(message: Message) -> str:
    """The Message-ID; empty where there is none that could be one."""
    found = ids(first(message, "Message-ID"))
    return found[0][:_LONGEST_ID] if found else ""


def parameter(part: Message, header: str, name: str) -> str:
    """A parameter of a head such as Content-Type, as its sender gave it (RFC 2231); empty where there is none."""
    bare = Message()
    bare[header] = first(part, header)[:_LOOKED_AT_PARAMETERS]
    try:
        value = bare.get_param(name, None, header)
        return collapse_rfc2231_value(value, errors="replace") if value else ""
    except Exception:  # noqa: BLE001 - Python's reader of parameters fails in ways that nobody has listed.
        return ""


def file_name(part: Message) -> str:
    """The name of a part as its sender gave it (RFC 2231, RFC 2047 or bare): one line, without a path; or empty."""
    given = parameter(part, "Content-Disposition", "filename") or parameter(part, "Content-Type", "name")
    return bare_name(_decoded(_unfolded(given)[:_LOOKED_AT]))


def bare_name(given: str) -> str:
    """A name of a file on one line, without a path, and not too long; its ending stays."""
    line = charsets.one_line(given, longest=_LOOKED_AT)
    path = PurePosixPath(line.replace("\\", "/"))
    name = path.name.strip(" .")
    if len(name) <= LONGEST_NAME:
        return name
    ending = PurePosixPath(name).suffix[:12]
    return f"{name[: LONGEST_NAME - len(ending) - 1]}…{ending}"


def _clip(value: str) -> str:
    if len(value) <= _LOOKED_AT_ADDRESSES:
        return value
    return value[:_LOOKED_AT_ADDRESSES].rpartition(",")[0]


def _unfolded(value: str) -> str:
    whole = re.sub(r"\r?\n(?=[ \t])", "", value)
    # Bytes beyond ASCII come as surrogates; most are UTF-8 that nobody encoded.
    return charsets.text_of(whole.encode("utf-8", "surrogateescape"), "utf-8") if not whole.isascii() else whole


def _decoded(value: str) -> str:
    if not _WORD.search(value):
        return value
    try:
        parts = decode_header(value)
    except Exception:  # noqa: BLE001 - A word that is encoded wrongly is shown as it came.
        return value
    return "".join(part if isinstance(part, str) else charsets.text_of(part, charset) for part, charset in parts)
