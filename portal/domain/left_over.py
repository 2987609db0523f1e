"""Where the unused credits of a monthly commitment come from: the oldest ones are applied first (atlas 4.4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.domain.money import Money
from portal.domain.periods import Month


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Credits that were charged in a month and not used in it."""

    month: Month
    amount: Money


@dataclass(frozen=True, slots=True)
class CommittedMonth:
    """What a month used of the commitment, and what it was billed for it."""

    month: Month
    used: Money
    billed: Money


def applied_in(month: Month, months: Iterable[CommittedMonth]) -> Sequence[LeftOver]:
    """The credits of earlier months that `month` applied; `months` are those of the commitment, the oldest first."""
    left: deque[LeftOver] = deque()
    for one in months:
        applied = _take(left, one.used - one.billed)
        if one.month == month:
            return applied
        if one.billed > one.used:
            left.append(LeftOver(one.month, one.billed - one.used))
    return ()


def _take(left: deque[LeftOver], wanted: Money) -> Sequence[LeftOver]:
    """Take `wanted` from the front; nothing where it is not above 0."""
    taken = []
    while left and wanted.minor > 0:
        oldest = left.popleft()
        part = min(oldest.amount, wanted)
        taken.append(LeftOver(oldest.month, part))
        wanted -= part
        if oldest.amount > part:
            left.appendleft(LeftOver(oldest.month, oldest.amount - part))
    return taken
