"""Where a value of a catalogue comes from (CAT-2)."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """How far a value can be relied on."""

    SOURCE = "source"  # the vendor's documentation
    INFERRED = "inferred"  # our reading of it
    DEMO = "demo"  # nobody publishes it; made up for the demo
