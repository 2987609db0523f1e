"""What can be wrong with a document, a resource or an archive, each with a name."""

from __future__ import annotations


class DocumentError(ValueError):
    """A document is not what is expected; `place` names where, as `lines[2].net_minor`."""

    def __init__(self, place: str, expected: str) -> None:
        self.place = place
        self.expected = expected
        super().__init__(f"{place}: {expected}" if place else expected)


class UnprintableError(DocumentError):
    """A text holds characters that no embedded font has; PDF/A allows no missing glyph."""


class ResourceError(RuntimeError):
    """A document asked for a file that is missing or may not be read."""


class ArchiveError(RuntimeError):
    """The archive refuses to overwrite, to read what was changed, or a number that is no safe file name."""


class PressError(RuntimeError):
    """A document could not be drawn within its bounds, or at all; the words say why."""
