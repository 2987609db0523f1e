"""How mail gets to its recipients: states, what a mail server may answer, when to try again."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

LONGEST_ADDRESS = 254
# One address as a mail server takes it: nothing in it can end a header or name a second recipient.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s\x00-\x2c/:-@\[-^`{-\x7f]+")
_MINUTES = (1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60, 24 * 60)


class DeliveryState(StrEnum):
    """How far a mail is with one of its recipients."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    GIVEN_UP = "given-up"


class Outcome(StrEnum):
    """What one try came to; after `LATER` and `UNKNOWN` the mail is tried again (MAIL-12, MAIL-13)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"
    UNKNOWN = "unknown"


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after that many tries in a row (from 1); None when it is given up (MAIL-12)."""
    return timedelta(minutes=_MINUTES[tries - 1]) if tries <= len(_MINUTES) else None


def is_address(text: str) -> bool:
    """Whether a mail can be addressed to `text`; letters beyond ASCII may stand in the domain alone (MAIL-16)."""
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        return False
    try:
        in_ascii(text)
    except UnicodeError:
        return False
    return True


def in_ascii(address: str) -> str:
    """The address with its domain as the network knows it: `müller.example` is `xn--mller-kva.example`."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode('ascii')}"
