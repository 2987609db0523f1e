"""How far a mail is that came in."""

from __future__ import annotations

from enum import StrEnum


class IncomingState(StrEnum):
    """What became of a mail (MAIL-40)."""

    RECEIVED = "received"
    PROCESSED = "processed"
    QUARANTINED = "quarantined"
    REFUSED = "refused"  # by a rule, which its sender was told
    IGNORED = "ignored"  # a machine's
    DISCARDED = "discarded"  # by staff
