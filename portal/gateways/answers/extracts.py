"""Answers with the passages themselves: no model, nothing that is not written on a page."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.resources import Passage


class Extracts:
    """Quotes what was found, the best first."""

    def answer(self, question: str, passages: Sequence[Passage]) -> str:
        """Each passage below the name of its page and part."""
        return "\n\n".join(map(_quoted, passages))


def _quoted(passage: Passage) -> str:
    place = f"{passage.title}: {passage.head}" if passage.head else passage.title
    lines = [f"> {line}".rstrip() for line in passage.source.splitlines()]
    return "\n".join((f"**{place}**", "", *lines))
