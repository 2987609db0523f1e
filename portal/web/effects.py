"""The effect of a change as it is read: open months payment by payment, and the months ahead that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.money import USD, Money
from portal.domain.settlement import BEARS_MONEY, Part
from portal.services import outlooks
from portal.services.outlooks import Change, Effect
from portal.web.formatting import money

NONE = "–"


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of an effect: what it is about, and what is asked for before and after, one amount a currency."""

    title: Any
    before: Sequence[str]
    after: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownEffect:
    """An effect as it is read: the open months payment by payment, then the months that differ."""

    open_now: Sequence[tuple[Change, Sequence[Compared]]]
    idle: Sequence[Compared]
    as_lately: Sequence[Compared]
    daily: Money


def effect_of(effect: Effect, labels: Mapping[str, str]) -> ShownEffect:
    """The effect as it is read; `labels` are what methods are called."""
    return ShownEffect(
        [(one, _of_parts(one, labels)) for one in effect.open_now if _is_shown(one, effect.open_now[-1])],
        _of_months(effect.idle),
        _of_months(effect.as_lately),
        effect.daily,
    )


def _is_shown(one: Change, running: Change) -> bool:
    """The running month, and those before it in which there is anything."""
    return one is running or bool(one.before.parts or one.after.parts)


def _of_parts(change: Change, labels: Mapping[str, str]) -> list[Compared]:
    before, after = ({part.source.key[:2]: part for part in side.parts} for side in (change.before, change.after))
    return [
        Compared(labels[key[0]], _asked(before.get(key)), _asked(after.get(key)))
        for key in dict.fromkeys((*before, *after))
    ]


def _asked(part: Part | None) -> Sequence[str]:
    if part is None:
        return [NONE]
    if part.source.method in BEARS_MONEY or outlooks.asked(part):
        return [money(outlooks.asked(part))]
    return [f"{money(part.billed)} drawn"]


def _of_months(changes: Sequence[Change]) -> list[Compared]:
    """A line a month, and one with the totals where there are several."""
    lines = [Compared(one.month, _sum(one.before.asked), _sum(one.after.asked)) for one in changes]
    if len(lines) > 1:
        total = [_sum([amount for one in changes for amount in side(one)]) for side in (_before, _after)]
        lines.append(Compared("Together", *total))
    return lines


def _before(change: Change) -> Sequence[Money]:
    return change.before.asked


def _after(change: Change) -> Sequence[Money]:
    return change.after.asked


def _sum(amounts: Sequence[Money]) -> Sequence[str]:
    currencies = dict.fromkeys(amount.currency for amount in amounts)
    sums = [Money.total((one for one in amounts if one.currency == currency), currency) for currency in currencies]
    return [money(one) for one in sums or [Money.zero(USD)]]
