"""A mail that came in, as it was read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Writer(StrEnum):
    """Who or what wrote a mail (MAIL-33)."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    DOUBTFUL = "doubtful"  # likely a machine; a person's mail program may send the same


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a mail; its name is one line without a path, its type is what the mail says."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingLetter:
    """A mail as people read it; every text is clean of control characters, and card numbers are masked.

    `sender` is empty where no single address can be read. `recipients` are all of To and Cc, in small letters.
    `reply` is what its writer wrote, `quoted` what was quoted around it and the signature; `whole` is all text as it
    came. `verdicts` are the headers Authentication-Results as they came, the topmost first. `loop_marks` are our own.
    """

    message_id: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    references: tuple[str, ...] = ()
    reply: str = ""
    quoted: str = ""
    whole: str = ""
    files: tuple[File, ...] = ()
    writer: Writer = Writer.PERSON
    failed_address: str = ""
    verdicts: tuple[str, ...] = ()
    loop_marks: tuple[str, ...] = ()
    is_readable: bool = True
