"""Reads a mail that came in: whatever bytes a stranger sends, a letter comes out."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from email.header import Header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32

from portal.domain.incoming import bodies, card_numbers, charsets, headers, quotes, writers
from portal.domain.incoming.letters import IncomingLetter, Writer

# The head of a mail that nobody could read otherwise.
_HEAD = 100_000
# Texts stand at the beginning; what comes after so much is files.
_TEXTS = 2_000_000
# No mail of a person comes near these; each head is looked through many times.
_MOST_HEADS, _LONGEST_HEAD = 2_000, 65_536
_ENCODINGS = (b"base64", b"quoted-printable")
# Outlook repeats the subject in it.
_TOPIC = re.compile(rb"^thread-topic:.*(?:\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)


def read(raw: bytes, *, envelope_from: str | None = None) -> IncomingLetter:
    """The letter in these bytes (MAIL-31). Broken mail never raises: what cannot be read is marked as unreadable.

    `envelope_from` is the sender that the relay was told, empty for none, None where it is not known.
    """
    try:
        return _read(BytesParser(policy=compat32).parsebytes(_bounded(raw)), envelope_from)
    except Exception:  # noqa: BLE001 - Python's mail parser has faults that nobody has listed, and raw mail is anybody's.
        return replace(read_head(raw, envelope_from=envelope_from), is_readable=False)


def read_head(raw: bytes, *, envelope_from: str | None = None) -> IncomingLetter:
    """The letter as far as its head says, with the beginning of what came as its text; this never raises either."""
    text = card_numbers.mask(charsets.clean(charsets.text_of(raw[:_HEAD], "utf-8")))
    try:
        message = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEAD])
        name, sender = headers.sender(message)
        return IncomingLetter(
            message_id=headers.message_id(message),
            sender=sender,
            sender_name=card_numbers.mask(name),
            subject=_subject(message),
            writer=writers.writer_of(message, envelope_from=envelope_from),
            reply=text,
            whole=text,
        )
    except Exception:  # noqa: BLE001 - As above; this is the last resort, and says nothing but what was there.
        return IncomingLetter(reply=text, whole=text)


def masked(raw: bytes) -> bytes:
    """The mail as it is kept: card numbers are masked in its subject and text (MAIL-36).

    Every other line stays as it is. What an encoded text says is masked in there; other files are kept as they are.
    """
    head, gap, body = _parted(raw)
    safe = _subject_masked(head) + gap + card_numbers.mask_bytes(body[:_TEXTS]) + body[_TEXTS:]
    if not any(encoding in raw.lower() for encoding in _ENCODINGS):
        return safe
    try:
        message = BytesParser(policy=compat32).parsebytes(safe)
        for part in message.walk():
            safe = _masked_within(safe, part)
    except Exception:  # noqa: BLE001 - As above: what cannot be taken apart stays as it is masked so far.
        return safe
    return safe


def _read(message: Message, envelope_from: str | None) -> IncomingLetter:
    contents = bodies.read(message)
    text = card_numbers.mask(contents.text)
    taken = quotes.take_apart(text)
    name, sender = headers.sender(message)
    writer = writers.writer_of(message, envelope_from=envelope_from)
    replied = (*headers.ids(headers.first(message, "References")), *headers.ids(headers.first(message, "In-Reply-To")))
    return IncomingLetter(
        message_id=headers.message_id(message),
        sender=sender,
        sender_name=card_numbers.mask(name),
        recipients=headers.recipients(message),
        subject=_subject(message),
        references=tuple(dict.fromkeys(replied)),
        reply=taken.reply,
        quoted=taken.quoted,
        whole=text,
        files=tuple(contents.files),
        writer=writer,
        failed_address=writers.failed_address(message) if writer is Writer.BOUNCE else "",
        verdicts=tuple(headers.values(message, "Authentication-Results")),
        loop_marks=tuple(headers.values(message, writers.LOOP_HEADER)),
    )


def _subject(message: Message) -> str:
    return card_numbers.mask(headers.words(headers.first(message, "Subject"), longest=headers.LONGEST_SUBJECT))


def _parted(raw: bytes) -> tuple[bytes, bytes, bytes]:
    for gap in (b"\r\n\r\n", b"\n\n"):
        head, found, body = raw.partition(gap)
        if found and (gap == b"\r\n\r\n" or b"\r\n\r\n" not in head):
            return head, found, body
    return raw, b"", b""


def _bounded(raw: bytes) -> bytes:
    """The mail with a head of bearable size: endless heads are cut, and what is too much of them is left out."""
    head, _, body = _parted(raw)
    if len(head) <= _LONGEST_HEAD:
        return raw
    kept: list[bytes] = []
    room = 0
    for line in head.splitlines(keepends=True):
        is_next = line[:1] not in {b" ", b"\t"}
        room = _LONGEST_HEAD if is_next else room
        if len(kept) < _MOST_HEADS and room > 0:
            kept.append(line[:room])
        room -= len(line)
    return b"\r\n".join(line.rstrip(b"\r\n") for line in kept) + b"\r\n\r\n" + body


def _subject_masked(head: bytes) -> bytes:
    """The head; a subject with a card's number is written anew, without it."""
    head = _TOPIC.sub(lambda found: card_numbers.mask_bytes(found[0]), head)
    lines: list[bytes] = []
    own: list[bytes] = []
    is_subject = False
    for line in head.splitlines(keepends=True):
        is_subject = line[:8].lower() == b"subject:" or (is_subject and line[:1] in {b" ", b"\t"})
        (own if is_subject else lines).append(line)
    message = BytesHeaderParser(policy=compat32).parsebytes(b"".join(own))
    subject = headers.words(headers.first(message, "Subject"), longest=headers.LONGEST_SUBJECT)
    if card_numbers.mask(subject) == subject:
        return head
    ending = "\r\n" if b"\r\n" in head else "\n"
    hidden = Header(card_numbers.mask(subject, sign="X"), "utf-8").encode(linesep=ending)
    return f"Subject: {hidden}{ending}".encode("ascii") + b"".join(lines)


def _masked_within(safe: bytes, part: Message) -> bytes:
    """The mail with a card's number masked in the text of one part that is encoded."""
    payload = part.get_payload()
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().casefold()
    is_encoded = encoding.encode("ascii", "replace") in _ENCODINGS
    if not is_encoded or part.get_content_maintype() != "text" or not isinstance(payload, str):
        return safe
    content = bodies.content_of(part)
    clean = _masked_text(content, headers.parameter(part, "Content-Type", "charset").casefold() or None)
    if clean == content:
        return safe
    ending = "\r\n" if "\r\n" in payload else "\n"
    anew = _base64(clean, ending) if encoding == "base64" else binascii.b2a_qp(clean)
    return safe.replace(payload.encode("ascii", "replace"), anew, 1)


def _masked_text(content: bytes, charset: str | None) -> bytes:
    by_bytes = card_numbers.mask_bytes(content)
    if by_bytes != content or charset is None or charset in {"utf-8", "us-ascii", "iso-8859-1", "windows-1252"}:
        return by_bytes
    text = charsets.text_of(content, charset)
    hidden = card_numbers.mask(text, sign="X")
    return content if hidden == text else hidden.encode(charset, "replace")


def _base64(content: bytes, ending: str) -> bytes:
    return base64.encodebytes(content).replace(b"\n", ending.encode())
