"""What usage can be taken from, and one day's usage taken from it: 6.2 and the subscriptions of section 4."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

# Who pays for a part of a day's usage: the method of the row, and the subscription's number where it has one.
Route = tuple[str, int | None]

POOLS = {
    "flex_commitment": "flex_commitment",
    "monthly_commitment": "monthly_commitment",
    "prepaid": "prepaid",
    "gcp_monthly_commitment": "gcp_commitment",
}
NO_PRIORITY = 10**9


@dataclass(kw_only=True)
class Source:
    """A subscription, or a credit that was granted. Amounts are cents of a dollar."""

    kind: str
    number: int
    starts: date
    covers_from: date
    ends_before: date
    granted: bool = False
    priority: int = NO_PRIORITY
    total: int = 0
    left: int = 0
    billed: int = 0
    # What a GCP commitment was used for after its amount was used up.
    beyond: int = 0
    elastic: bool = False
    unit_price: Fraction = Fraction(1)
    elastic_unit_price: Fraction = Fraction(1)
    shares: dict[date, int] = field(default_factory=dict)

    def covers(self, day: date) -> bool:
        """Whether usage of the day is its."""
        return self.covers_from <= day < self.ends_before

    @property
    def is_pool(self) -> bool:
        """Whether it holds an amount that is used up."""
        return self.granted or self.kind in POOLS

    @property
    def takes_the_rest(self) -> bool:
        """Whether it goes on without an amount once the rows with one are used up."""
        return self.kind == "elastic" or (self.elastic and not self.granted) or self.kind == "gcp_monthly_commitment"

    @property
    def used(self) -> int:
        """What was taken from it."""
        return self.total - self.left


def in_order(sources: list[Source]) -> list[Source]:
    """6.2 point 3: priority, then the earliest end, then the earliest start, then the oldest."""
    return sorted(sources, key=lambda one: (one.priority, one.ends_before, one.starts, one.number))


def take(sources: list[Source], day: date, amount: int) -> dict[Route, int]:
    """Take a day's usage from top to bottom; what is taken from a pool is gone from it."""
    covering = [one for one in in_order(sources) if one.covers(day)]
    markets = [one for one in covering if one.kind == "marketplace"]
    if markets:
        # All usage of such a day is the marketplace's, credits or not.
        return {("marketplace", markets[0].number): amount} if amount else {}
    taken = dict[Route, int]()
    for pool in (one for one in covering if one.is_pool):
        part = min(pool.left, amount)
        pool.left -= part
        amount -= part
        route = (pool.kind, None) if pool.granted else (POOLS[pool.kind], pool.number)
        taken[route] = taken.get(route, 0) + part
    rest = [one for one in covering if one.takes_the_rest]
    if not rest:
        taken["direct", None] = amount
    elif rest[0].kind == "gcp_monthly_commitment":
        taken["gcp_elastic", rest[0].number] = amount
        rest[0].beyond += amount
    else:
        taken["elastic", rest[0].number] = amount
    return {route: part for route, part in taken.items() if part}


def is_elastic(sources: list[Source], day: date) -> bool:
    """Whether usage of the day could only be elastic: nothing above it has anything left, and it is not Google's."""
    covering = [one for one in in_order(sources) if one.covers(day)]
    if any(one.kind == "marketplace" or (one.is_pool and one.left) for one in covering):
        return False
    rest = [one for one in covering if one.takes_the_rest]
    return bool(rest) and rest[0].kind != "gcp_monthly_commitment"
