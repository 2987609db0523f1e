"""Drawing: which source takes which day's usage, from top to bottom (atlas 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from portal.domain.commitments import Commitment
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.domain.rating import LineKind

_NOTHING = Money.zero(USD)
_LAST = frozenset({Method.ELASTIC, Method.GCP_ELASTIC})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that can pay for usage.

    It absorbs usage posted on `days`, at most `capacity` (None: without limit), and bills in `currency` at
    `unit_price` for one US dollar of usage. `subscription_id` is None for granted credits, for the payment method on
    file, and for its absence (`Method.UNPAID`). `priority` 1 is drawn first; `made_at` tells the older of two.
    `marketplace` is the cloud provider whose support charges a marketplace takes; it takes no others.
    """

    method: Method
    days: Days
    currency: str = USD
    unit_price: Decimal = Decimal(1)
    capacity: Money | None = None
    subscription_id: int | None = None
    credit_id: int | None = None
    commitment: Commitment | None = None
    priority: int | None = None
    marketplace: str | None = None
    made_at: datetime = _LONG_AGO

    @property
    def key(self) -> tuple[Method, int | None, int | None]:
        """What tells it from the month's other sources."""
        return self.method, self.subscription_id, self.credit_id

    def takes(self, portion: Portion) -> bool:
        """Whether the portion may be drawn from it."""
        if portion.posted_on not in self.days:
            return False
        is_foreign_support = self.method is Method.MARKETPLACE and portion.kind is LineKind.SUPPORT
        return not is_foreign_support or (portion.provider is not None and portion.provider == self.marketplace)


@dataclass(frozen=True, slots=True)
class Portion:
    """What is settled as one: a day's usage, or a day's support charges of one provider, which come after it (2.4).

    Where one organization pays for others, `organization_id` says whose it is.
    """

    posted_on: date
    kind: LineKind = LineKind.USAGE
    provider: str | None = None
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one source absorbed of each portion, and all that came down to it, in US dollars."""

    source: Source
    portions: tuple[tuple[Portion, Money], ...]
    reached: Money = _NOTHING

    @property
    def total(self) -> Money:
        """All that it absorbed."""
        return Money.total((amount for _, amount in self.portions), USD)

    @property
    def days(self) -> frozenset[date]:
        """The days that the source took something of."""
        return frozenset(portion.posted_on for portion, _ in self.portions)

    def of_kind(self, kind: LineKind) -> Money:
        """What it absorbed of one kind of charges."""
        return Money.total((amount for portion, amount in self.portions if portion.kind is kind), USD)

    def before(self, day: date) -> Money:
        """What it absorbed of earlier days."""
        return Money.total((amount for portion, amount in self.portions if portion.posted_on < day), USD)


def draw_down(sources: Sequence[Source], owed: Mapping[Portion, Money]) -> tuple[Drawn, ...]:
    """Take each portion from the sources from top to bottom; one may be split over several (6.2, D1–D4)."""
    taken: list[list[tuple[Portion, Money]]] = [[] for _ in sources]
    reached = [0 for _ in sources]
    left = [None if source.capacity is None else source.capacity.minor for source in sources]
    for portion in sorted(owed, key=_turn):
        rest = owed[portion].minor
        for index, source in enumerate(sources):
            if not rest:
                break
            if not source.takes(portion):
                continue
            reached[index] += rest
            capacity = left[index]
            amount = rest if capacity is None else min(rest, capacity)
            if not amount:
                continue
            taken[index].append((portion, Money(amount, USD)))
            rest -= amount
            left[index] = None if capacity is None else capacity - amount
        if rest:
            raise ValueError(f"no source covers {portion.posted_on}")
    return tuple(
        Drawn(source, tuple(portions), Money(came, USD))
        for source, portions, came in zip(sources, taken, reached, strict=True)
    )


def in_drawing_order(sources: Iterable[Source]) -> list[Source]:
    """The order in which sources are shown and drawn (6.2, AMB-13).

    What a marketplace covers is the marketplace's alone. Then rows with a priority, then earliest end, earliest start
    and age; what has no end of credits, elastic, is last.
    """
    return sorted(sources, key=_place)


def _place(source: Source) -> tuple[bool, bool, bool, int, date, date, datetime, int, int]:
    return (
        source.method is not Method.MARKETPLACE,
        source.method in _LAST,
        source.priority is None,
        source.priority or 0,
        source.days.ends_before or date.max,
        source.days.starts_on,
        source.made_at,
        source.subscription_id or 0,
        source.credit_id or 0,
    )


def _turn(portion: Portion) -> tuple[date, bool, str, int]:
    """Day by day, support charges after the day's usage (2.4)."""
    return portion.posted_on, portion.kind is LineKind.SUPPORT, portion.provider or "", portion.organization_id or 0
