"""What a token lets a program do."""

from __future__ import annotations

from enum import StrEnum


class TokenScope(StrEnum):
    """One thing that programs do with a token of theirs."""

    IMPORT_USAGE = "usage:import"
