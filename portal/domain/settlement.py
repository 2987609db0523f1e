"""Settlement: who pays for which part of a month's usage, day by day and from top to bottom, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.billing_rules import Taken, bill
from portal.domain.drawing import Drawn, Portion, Source, draw_down
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.rating import LineKind

_NOTHING = Money.zero(USD)

BEARS_MONEY = frozenset(
    {
        Method.MONTHLY_COMMITMENT,
        Method.FLEX_COMMITMENT,
        Method.ELASTIC,
        Method.CARD,
        Method.PAYPAL,
        Method.UNPAID,
    }
)
"""Methods whose money we ask for: what credits cover was paid before, and a marketplace asks for its own (7.1)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One payment to be: what was used, what is billed for it, the net in the source's currency, and the figures why.

    From `explain` alone `billed` can be computed. There is one part for each method and subscription, whose sources
    (granted credits of one kind may be several) all took of `draws`. `shortfall` is what of `billed` is missing to the
    minimum of a support plan (2.4).
    """

    draws: tuple[Drawn, ...]
    usage: Money
    billed: Money
    net: Money
    explain: Mapping[str, Money]
    shortfall: Money = _NOTHING

    @property
    def source(self) -> Source:
        """Who pays; of several, the first."""
        return self.draws[0].source

    @property
    def days(self) -> frozenset[date]:
        """The days of which something was taken."""
        return frozenset().union(*(drawn.days for drawn in self.draws))


def settle(
    sources: Sequence[Source], owed: Mapping[Portion, Money], *, shortfall: Money = _NOTHING
) -> tuple[Part, ...]:
    """The parts that together pay what is `owed` (US dollars by portion); the last source takes what is left.

    It bears the `shortfall` too: that is charged to the payment method on file, whatever else covers the month (2.4).
    Parts with nothing used and nothing billed are left out. The usage of all parts adds up to what was settled.
    """
    used = Money.total((amount for portion, amount in owed.items() if portion.kind is LineKind.USAGE), USD)
    return tuple(part for part in _parts(draw_down(sources, owed), used, shortfall) if part.usage or part.billed)


def _parts(drawn: Sequence[Drawn], whole: Money, shortfall: Money) -> Iterator[Part]:
    together: dict[tuple[Method, int | None], list[Drawn]] = defaultdict(list)
    of_subscription: dict[int | None, Money] = defaultdict(lambda: Money.zero(USD))
    for one in drawn:
        together[one.source.method, one.source.subscription_id].append(one)
        of_subscription[one.source.subscription_id] += one.total
    for (method, subscription_id), draws in together.items():
        borne = shortfall if draws[-1] is drawn[-1] else _NOTHING
        taken = Taken(
            draws=tuple(draws), whole=whole, of_subscription=of_subscription[subscription_id], shortfall=borne
        )
        billed = bill(method, taken)
        yield Part(
            draws=taken.draws,
            usage=taken.usage,
            billed=billed.amount,
            net=_net(draws[0].source, billed.amount),
            explain=billed.explain,
            shortfall=borne,
        )


def _net(source: Source, billed: Money) -> Money:
    if source.method not in BEARS_MONEY:
        return Money.zero(source.currency)
    return billed.at_price(source.unit_price, source.currency)
