"""Developer resources as values: the operator's pages, the passages they are searched by, and what fits a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a page that can be read by itself; `source` is Markdown, `head` empty above the first head."""

    page: str
    title: str
    head: str
    source: str


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """A page; `name` stands in its address, `source` is Markdown without the title."""

    name: str
    title: str
    summary: str
    source: str
    passages: tuple[Passage, ...]


def weights(asked: Iterable[str], found_in: Mapping[str, int], *, of: int) -> dict[str, int]:
    """What each word of a question tells, in thousandths: a rare word more; `found_in` counts passages, `of` is all.

    A word that stands nowhere tells as much as one that stands once: what it asks for is not here.
    """
    return {word: int(1000 * log2(1 + of / max(found_in.get(word, 0), 1))) for word in asked}


def fits(weight_of: Mapping[str, int], among: Iterable[str]) -> bool:
    """Whether a text with the words `among` answers a question: it has at least half of what the question tells."""
    return 2 * sum(weight_of[word] for word in set(among)) >= sum(weight_of.values()) > 0
