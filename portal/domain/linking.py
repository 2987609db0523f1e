"""Linked organizations: how what one of them pays for is shared by usage, to the cent (atlas 13.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from portal.domain.money import USD, Money
from portal.domain.settlement import Part

K = TypeVar("K")
MOST_LINKED = 250


@dataclass(frozen=True, slots=True)
class Share:
    """An organization's share of a payment, in US dollars."""

    usage: Money
    billed: Money


def split(amount: Money, by: Mapping[K, Money]) -> dict[K, Money]:
    """`amount` in parts that are to each other as `by`, by largest remainder: nothing is lost or made (AMB-18).

    Of equal remainders the earlier one gets the cent. Where `by` has nothing at all, the first one bears it all.
    """
    whole = sum(one.minor for one in by.values())
    if not whole:
        return {key: amount if place == 0 else Money.zero(amount.currency) for place, key in enumerate(by)}
    exact = {key: divmod(amount.minor * one.minor, whole) for key, one in by.items()}
    left = amount.minor - sum(floor for floor, _ in exact.values())
    by_remainder = sorted(exact, key=lambda key: -exact[key][1])
    lucky = set(by_remainder[:left])
    return {key: Money(floor + (key in lucky), amount.currency) for key, (floor, _) in exact.items()}


def shares(part: Part, used: Mapping[int, Money]) -> Mapping[int, Share]:
    """What each organization bears of a part: usage as it was drawn, and what is billed by that usage.

    `used` is the month's usage of each, the payer first; where nothing was used of the part, it decides.
    """
    drawn = dict.fromkeys(used, 0)
    for one in part.draws:
        for portion, amount in one.portions:
            if portion.organization_id is not None:
                drawn[portion.organization_id] += amount.minor
    usage = {organization_id: Money(cents, USD) for organization_id, cents in drawn.items()}
    billed = split(part.billed, usage if part.usage else used)
    return {organization_id: Share(usage[organization_id], billed[organization_id]) for organization_id in used}
