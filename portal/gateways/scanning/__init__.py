"""Scanners: they look into a file, and say what they found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class UnscannedError(Exception):
    """The scanner could not say anything about this file; the message is what it said instead."""


class UnreachableError(UnscannedError):
    """Nobody answers, whichever file it is."""


class Scanner(Protocol):
    """Looks for viruses."""

    def scan(self, pieces: Iterable[bytes]) -> str | None:
        """What was found in the file of these pieces, by its name; None where nothing was.

        `UnscannedError` where the scanner does not know, which is never the same as nothing.
        """
        ...
