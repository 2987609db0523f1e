"""What a mail holds: the text that its writer means to be read, and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from portal.domain.incoming import charsets, flowed, headers, html_text, winmail
from portal.domain.incoming.letters import File

LONGEST_TEXT = 200_000
CUT = "… (The mail goes on. It is kept whole.)"
_MOST_PARTS, _MOST_DEPTH = 300, 20
# Nobody sends these any more, and Python has given up reading them.
_OLD_ENCODINGS = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_WITHOUT_WORDS = frozenset({"application/pgp-signature", "application/pkcs7-signature", "message/delivery-status"})


@dataclass(slots=True)
class Contents:
    """Texts in the order in which they stand, and files."""

    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    parts: int = 0

    @property
    def text(self) -> str:
        """All text, clean; of very much the beginning."""
        whole = charsets.clean("\n\n".join(text.strip("\r\n") for text in self.texts if text.strip()))
        return whole if len(whole) <= LONGEST_TEXT else f"{whole[:LONGEST_TEXT]}\n\n{CUT}"


def read(message: Message) -> Contents:
    """Texts and files; of several forms of one text the plain one, unless it is empty (RFC 2046)."""
    contents = Contents()
    _take(message, contents, depth=0)
    return contents


def content_of(part: Message) -> bytes:
    """The bytes of a part, as far as its encoding can be undone."""
    if part.is_multipart():
        return b""
    encoding = headers.first(part, "Content-Transfer-Encoding").strip().casefold()
    if encoding in _OLD_ENCODINGS:
        return str(part.get_payload()).encode("utf-8", "surrogateescape")
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _take(part: Message, contents: Contents, *, depth: int) -> None:
    contents.parts += 1
    if contents.parts > _MOST_PARTS or depth > _MOST_DEPTH:
        return
    kind = part.get_content_type()
    if kind == "message/rfc822":
        contents.files.append(_enclosed(part))
    elif part.is_multipart() and kind == "multipart/alternative":
        _take_best(part, contents, depth=depth)
    elif part.is_multipart():
        for one in _parts(part):
            _take(one, contents, depth=depth + 1)
    elif _is_text(part):
        contents.texts.append(_text(part))
    else:
        _take_file(part, contents)


def _take_best(part: Message, contents: Contents, *, depth: int) -> None:
    """Of several forms of one text the plainest that says something; files in any of them."""
    found = []
    for one in _parts(part):
        inner = Contents(parts=contents.parts)
        _take(one, inner, depth=depth + 1)
        contents.parts = inner.parts
        found.append((one.get_content_type() != "text/plain", inner))
    told = [(rank, inner) for rank, inner in found if inner.text.strip()]
    if told:
        contents.texts.extend(min(told, key=lambda one: one[0])[1].texts)
    for _, inner in found:
        contents.files.extend(inner.files)


def _take_file(part: Message, contents: Contents) -> None:
    content, name = content_of(part), headers.file_name(part)
    kind = part.get_content_type()
    if kind in _WITHOUT_WORDS or (not content and not name):
        return
    packed = winmail.files_in(content) if kind == "application/ms-tnef" or name.casefold() == "winmail.dat" else ()
    contents.files.extend(packed or [File(name or _named(kind, len(contents.files)), kind, content)])


def _enclosed(part: Message) -> File:
    inner = next(_parts(part), None)
    subject = headers.words(headers.first(inner, "Subject"), longest=60) if inner is not None else ""
    name = "".join(sign for sign in subject if sign.isalnum() or sign in " -_.").strip(" .") or "message"
    try:
        content = inner.as_bytes() if inner is not None else b""
    except Exception:  # noqa: BLE001 - Python cannot write every mail that it could read; its head and words remain.
        content = str(part.get_payload())[:LONGEST_TEXT].encode("utf-8", "replace")
    return File(headers.file_name(part) or f"{name}.eml", "message/rfc822", content)


def _parts(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))


def _is_text(part: Message) -> bool:
    disposition = headers.first(part, "Content-Disposition").strip().casefold()
    if disposition.startswith("attachment") or headers.file_name(part):
        return False
    return part.get_content_type() in {"text/plain", "text/html", "text/enriched"}


def _text(part: Message) -> str:
    content = content_of(part)
    text = charsets.text_of(content, headers.parameter(part, "Content-Type", "charset"))
    if part.get_content_type() == "text/html":
        return html_text.text_of(text)
    if headers.parameter(part, "Content-Type", "format").casefold() == "flowed":
        lines = text.replace("\r\n", "\n")[: LONGEST_TEXT * 2]
        return flowed.unwrapped(
            lines, deletes_space=headers.parameter(part, "Content-Type", "delsp").casefold() == "yes"
        )
    return text[: LONGEST_TEXT * 2]


def _named(kind: str, number: int) -> str:
    endings = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "application/pdf": "pdf", "text/csv": "csv"}
    endings |= {"text/plain": "txt", "text/calendar": "ics", "application/ms-tnef": "dat", "text/html": "html"}
    return f"file-{number + 1}.{endings.get(kind, 'bin')}"
