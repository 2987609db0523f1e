"""Which part of a closed invoice's lines a cancelled payment stands for, so that it can be billed anew (atlas 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

L = TypeVar("L")


def share_of(lines: Sequence[tuple[L, int]], *, skip: int, take: int) -> Iterable[tuple[L, int]]:
    """Of one day's lines with their cents, in order: what lies between the first `skip` and the next `take` cents.

    Payments draw a day from top to bottom, so the ones above took the first `skip` cents. No cent is lost or made.
    """
    for line, cents in lines:
        passed = min(skip, cents)
        skip -= passed
        part = min(take, cents - passed)
        take -= part
        if part:
            yield line, part
