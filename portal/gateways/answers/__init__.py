"""Who answers questions from the developer resources. Somebody's model is another class with this one method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from portal.domain.resources import Passage


class NoAnswer(Exception):  # noqa: N818 - an answer that did not come is no fault of the portal.
    """Nothing came in time, or nothing that may be shown."""


class Answerer(Protocol):
    """Answers a question from passages that fit it, and from nothing else."""

    def answer(self, question: str, passages: Sequence[Passage]) -> str:
        """The answer in Markdown, within a few seconds, because the person waits; there is at least one passage.

        `NoAnswer` where there is none: then the passages themselves are shown. What people type may hold secrets, so
        that whatever leaves the house is for the operator to decide (docs/operations.md).
        """
