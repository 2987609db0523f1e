"""Settlement: who pays for which part of a month's usage, day by day and from top to bottom, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.domain.rating import LineKind


class SubscriptionType(StrEnum):
    """The kinds of contract (atlas 4)."""

    ELASTIC = "elastic"
    FLEX_COMMITMENT = "flex_commitment"
    MONTHLY_COMMITMENT = "monthly_commitment"
    PREPAID = "prepaid"
    MARKETPLACE = "marketplace"
    GCP_MONTHLY_COMMITMENT = "gcp_monthly_commitment"


class Method(StrEnum):
    """How a part of a month is settled; the payment method of a payment row (7.5)."""

    MONTHLY_COMMITMENT = "monthly_commitment"
    FLEX_COMMITMENT = "flex_commitment"
    PREPAID = "prepaid"
    PROMOTIONAL = "promotional"
    ELASTIC = "elastic"
    MARKETPLACE = "marketplace"
    GCP_COMMITMENT = "gcp_commitment"
    GCP_ELASTIC = "gcp_elastic"
    CARD = "card"
    PAYPAL = "paypal"
    UNPAID = "unpaid"


class PaymentMethodKind(StrEnum):
    """How a customer pays by themselves."""

    CARD = "card"
    PAYPAL = "paypal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that can pay for usage.

    It absorbs usage posted on `days`, at most `capacity` (None: without limit), and bills in `currency` at
    `unit_price` for one US dollar of usage. `subscription_id` is None for the payment method on file, and for its
    absence (`Method.UNPAID`).
    """

    method: Method
    days: Days
    currency: str = USD
    unit_price: Decimal = Decimal(1)
    capacity: Money | None = None
    subscription_id: int | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """What is settled as one: a day's usage, or a day's support charges of one provider, which come after it (2.4)."""

    posted_on: date
    kind: LineKind = LineKind.USAGE
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one source absorbed of each portion, in US dollars."""

    source: Source
    portions: tuple[tuple[Portion, Money], ...]

    @property
    def total(self) -> Money:
        """All of it."""
        return Money.total((amount for _, amount in self.portions), USD)

    @property
    def days(self) -> frozenset[date]:
        """The days that the source took something of."""
        return frozenset(portion.posted_on for portion, _ in self.portions)


@dataclass(frozen=True, slots=True)
class Part:
    """One payment to be: what was used, what is billed for it, the net in the source's currency, and the figures why.

    From `explain` alone `billed` can be computed.
    """

    drawn: Drawn
    usage: Money
    billed: Money
    net: Money
    explain: Mapping[str, Money]

    @property
    def source(self) -> Source:
        """Who pays."""
        return self.drawn.source


def settle(sources: Sequence[Source], owed: Mapping[Portion, Money]) -> tuple[Part, ...]:
    """The parts that together pay what is `owed` (US dollars by portion); the last source takes what is left.

    Parts with nothing used and nothing billed are left out. The usage of all parts adds up to what was settled.
    """
    drawn = draw_down(sources, owed)
    whole = Money.total(owed.values(), USD)
    parts = (_RULES[one.source.method](one, whole) for one in drawn)
    return tuple(part for part in parts if part.usage or part.billed)


def draw_down(sources: Sequence[Source], owed: Mapping[Portion, Money]) -> tuple[Drawn, ...]:
    """Take each portion from the sources from top to bottom; one may be split over several (6.2, D1–D4)."""
    taken: list[list[tuple[Portion, Money]]] = [[] for _ in sources]
    left = [source.capacity for source in sources]
    for portion in sorted(owed, key=_turn):
        rest = owed[portion]
        for index, source in enumerate(sources):
            amount = _absorbed(rest, left[index]) if portion.posted_on in source.days else Money.zero(USD)
            if not amount:
                continue
            taken[index].append((portion, amount))
            rest -= amount
            capacity = left[index]
            left[index] = None if capacity is None else capacity - amount
        if rest:
            raise ValueError(f"no source covers {portion.posted_on}")
    return tuple(Drawn(source, tuple(portions)) for source, portions in zip(sources, taken, strict=True))


def in_drawing_order(sources: Iterable[Source]) -> list[Source]:
    """The order in which sources are shown and drawn: earliest end, earliest start, then age (6.2, AMB-13)."""
    return sorted(
        sources,
        key=lambda source: (
            source.method is Method.ELASTIC,
            source.days.ends_before or date.max,
            source.days.starts_on,
            source.subscription_id or 0,
        ),
    )


def _turn(portion: Portion) -> tuple[date, bool, str]:
    """Day by day, support charges after the day's usage (2.4)."""
    return portion.posted_on, portion.kind is LineKind.SUPPORT, portion.provider or ""


def _absorbed(amount: Money, capacity: Money | None) -> Money:
    return amount if capacity is None else min(amount, capacity)


def _as_used(drawn: Drawn, whole: Money) -> Part:
    """What was used is what is charged: elastic (E1–E4), and the payment method on file (6.2 point 5)."""
    charged = drawn.total
    return Part(
        drawn=drawn,
        usage=charged,
        billed=charged,
        net=charged.at_price(drawn.source.unit_price, drawn.source.currency),
        explain={"usage": whole, "covered_elsewhere": whole - charged, "charged": charged},
    )


# Drawing is the same for all; what a source bills for what it absorbed is the rule of its method. A new kind of
# subscription is a new rule here.
_RULES: Mapping[Method, Callable[[Drawn, Money], Part]] = {
    Method.ELASTIC: _as_used,
    Method.CARD: _as_used,
    Method.PAYPAL: _as_used,
    Method.UNPAID: _as_used,
}
