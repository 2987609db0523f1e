"""Which characters the embedded fonts can print, and how wide they are."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from threading import Lock

from fontTools.ttLib import TTFont

from invoices import codec
from invoices.errors import ResourceError, UnprintableError

FOLDER = Path(__file__).resolve().parent / "templates" / "fonts"
FILES = ("IBMPlexSans_400Regular.ttf", "IBMPlexSans_600SemiBold.ttf")
_BREAKS = frozenset("\n\t")  # printed as a space
# A font reads its tables when they are first asked for, and two threads that ask at once find half of one.
_READING = Lock()


def refuse_unprintable(document: object, *, written: str | None = None) -> None:
    """Raise `UnprintableError` for the first text of a document that no embedded font can print in full.

    It names the text's place and its characters: PDF/A allows no missing glyph, and an empty box is no name.
    `written` is the document as JSON, where somebody has it already.
    """
    # A look at all texts at once, as JSON, is many times cheaper, and nearly always enough.
    whole = codec.dump(document) if written is None else written
    if "\\" not in whole and _characters().issuperset(whole):
        return
    for place, text in _texts(document, ""):
        missing = unprintable(text)
        if missing:
            named = ", ".join(
                f"“{character}” (U+{ord(character):04X} {unicodedata.name(character, 'unnamed')})"
                for character in missing
            )
            raise UnprintableError(place, f"no embedded font has {named}")


def unprintable(text: str) -> list[str]:
    """The characters of `text` that the embedded fonts lack, each once, in order."""
    return [] if text.isascii() and text.isprintable() else sorted(set(text) - _characters())


def printable_characters() -> frozenset[str]:
    """Every character that the embedded fonts have."""
    return _characters()


def width_um(text: str, *, tenth_points: int) -> int:
    """The width of `text` in the regular weight, by the font's advance widths, in micrometres."""
    advances, units = _advances()
    # A point is a 72nd of an inch of 25,400 micrometres.
    return sum(advances.get(character, units) for character in text) * tenth_points * 25_400 // (720 * units)


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _texts(part, f"{place}[{index}]")
    elif dataclasses.is_dataclass(value):
        for name, part in codec.fields_of(value).items():
            yield from _texts(part, f"{place}.{name}" if place else name)


@cache
def _characters() -> frozenset[str]:
    with _READING:
        tables = [_open(name).getBestCmap() for name in FILES]
    return frozenset(map(chr, set.intersection(*(set(table) for table in tables)))) | _BREAKS


@cache
def _advances() -> tuple[dict[str, int], int]:
    with _READING:
        font = _open(FILES[0])
        metrics = font["hmtx"].metrics
        return {chr(code): metrics[glyph][0] for code, glyph in font.getBestCmap().items()}, font["head"].unitsPerEm


@cache
def _open(name: str) -> TTFont:
    path = FOLDER / name
    if not path.is_file():
        raise ResourceError(f"{path} is missing; `make setup` puts it there")
    return TTFont(path, lazy=True)
