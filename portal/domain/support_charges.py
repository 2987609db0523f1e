"""What support plans cost in a month: which days are billed at whose price, by provider, and the minimum (2.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.domain.linking import split
from portal.domain.money import USD, Money
from portal.domain.periods import Month, each_day
from portal.domain.prices import BasePlusExcess, FlatFee, PercentOfUsage
from portal.domain.retroactive import part_of_month
from portal.domain.support_history import History
from portal.domain.support_plans import SupportPlan

_NOTHING = Money.zero(USD)

# What was used in US cents, by the day that it is billed and by cloud provider.
Used = Mapping[tuple[date, str | None], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Days of one month that are billed at one plan's price.

    `instead_of` is the plan whose price the days were billed at before (AV-32); `is_late` says that their month had
    ended when the plan was chosen, so that a later invoice bears them (M11). `billing_group_id` as in `Choice`.
    """

    plan: str
    month: Month
    first_on: date
    last_on: date
    billing_group_id: int | None = None
    instead_of: str | None = None
    is_late: bool = False

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.last_on - self.first_on).days + 1

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole month."""
        return self.days == self.month.days


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportCharge:
    """An amount for the days of `piece`, in US dollars: `base` of usage at `percent`, or a fee.

    `provider` is the cloud provider whose usage it follows, None for a fee and for usage without provider.
    `organization_id` is whose usage it follows; None for what is charged once for all.
    """

    piece: Piece
    plan: SupportPlan
    amount: Money
    organization_id: int | None = None
    provider: str | None = None
    base: Money | None = None
    percent: Decimal | None = None
    per_month: Money | None = None
    at_least: Money | None = None


@dataclass(frozen=True, slots=True)
class SupportBill:
    """The charges of a month, and what is missing to the plans' minimums (shortfall)."""

    charges: tuple[SupportCharge, ...] = ()
    shortfall: Money = _NOTHING


def pieces_of(history: History, before: History, month: Month) -> tuple[Piece, ...]:
    """What the invoice of `month` bears: its own billed days, and earlier ones that were decided on in it.

    `history` is as it stood when the month ended, `before` as it stood when it began.
    """
    decided = [choice.billed_on for choice in history.choices if choice.made_on in month]
    late = each_day(min([month.first_on, *decided]), month.preceding().last_on)
    return (*_pieces(history, late, before), *_pieces(history, each_day(month.first_on, month.last_on), None))


def bill(pieces: Sequence[Piece], used: Mapping[int, Used], plans: Mapping[str, SupportPlan]) -> SupportBill:
    """What the pieces cost those who share the plan: by their usage, who chose the plan first; fees once for all.

    A percentage is lifted to its minimum once a month for all of them: what is missing is the shortfall. Where a
    billing group bears the cost, the charge itself is lifted (AV-31).
    """
    charges: list[SupportCharge] = []
    shortfall = _NOTHING
    for together in _by_month_and_plan(pieces):
        plan = plans[together[0].plan]
        match plan.price:
            case FlatFee(per_month):
                charges += [_fee(piece, plan, per_month) for piece in together]
            case PercentOfUsage(percent, at_least) if together[0].billing_group_id is not None:
                charges += [_lifted(piece, plan, used, plans) for piece in together]
            case PercentOfUsage(percent, at_least):
                found = [charge for piece in together for charge in _percentage(piece, plan, used, percent)]
                least = part_of_month(at_least, sum(piece.days for piece in together), together[0].month)
                charges += found
                shortfall += max(_NOTHING, least - Money.total((charge.amount for charge in found), USD))
            case BasePlusExcess(base, percent, above):
                charges += [_fee(piece, plan, base) for piece in together]
                charges += [one for piece in together for one in _excess(piece, plan, used, percent, above)]
    return SupportBill(tuple(charge for charge in charges if charge.amount), shortfall)


def fee_of(plan: SupportPlan, spend: Money) -> Money:
    """What a whole month of the plan costs at this usage, its minimum included; nothing where a contract says it."""
    match plan.price:
        case FlatFee(per_month):
            return per_month
        case PercentOfUsage(percent, at_least):
            return max(at_least, spend.share(percent))
        case BasePlusExcess(base, percent, above):
            return base + max(_NOTHING, spend - above).share(percent)
        case _:
            return _NOTHING


def _pieces(history: History, days: Iterator[date], before: History | None) -> Iterator[Piece]:
    """The days of one price and month after each other; with `before` those alone that were not billed at it then."""
    found: list[tuple[date, Month, str, int | None, str | None]] = []
    for day in days:
        now, then = history.billing(day), before.billing(day) if before else None
        if now is None or now.plan is None or (then and then.plan == now.plan):
            continue
        found.append((day, Month.of(day), now.plan, now.choice.billing_group_id, then.plan if then else None))
    while found:
        first_on, *what = found[0]
        together = [day for day, *same in found if same == what]
        last_on = _last_in_a_row(together)
        _, month, plan, group, instead_of = found[0]
        yield Piece(
            plan=plan,
            month=month,
            first_on=first_on,
            last_on=last_on,
            billing_group_id=group,
            instead_of=instead_of,
            is_late=before is not None,
        )
        found = [one for one in found if not (first_on <= one[0] <= last_on)]


def _last_in_a_row(days: Sequence[date]) -> date:
    last = days[0]
    for day in days[1:]:
        if (day - last).days > 1:
            break
        last = day
    return last


def _by_month_and_plan(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    found: dict[tuple[Month, str, int | None], list[Piece]] = defaultdict(list)
    for piece in pieces:
        found[piece.month, piece.plan, piece.billing_group_id].append(piece)
    return iter(found.values())


def _fee(piece: Piece, plan: SupportPlan, per_month: Money) -> SupportCharge:
    return SupportCharge(
        piece=piece, plan=plan, amount=part_of_month(per_month, piece.days, piece.month), per_month=per_month
    )


def _percentage(piece: Piece, plan: SupportPlan, used: Mapping[int, Used], percent: Decimal) -> Iterator[SupportCharge]:
    """A percentage of what each used on the days, by provider and largest remainder (2.4)."""
    for organization_id, of_one in used.items():
        by_provider = _by_provider(piece, of_one)
        whole = Money.total(by_provider.values(), USD)
        for provider, amount in split(whole.share(percent), by_provider).items():
            yield SupportCharge(
                piece=piece,
                plan=plan,
                amount=amount,
                organization_id=organization_id,
                provider=provider,
                base=by_provider[provider],
                percent=percent,
            )


def _excess(
    piece: Piece, plan: SupportPlan, used: Mapping[int, Used], percent: Decimal, above: Money
) -> Iterator[SupportCharge]:
    """A percentage of what all used above the limit, which counts for the days; who used it bears it (AV-7)."""
    sums = {
        (organization_id, provider): amount
        for organization_id, of_one in used.items()
        for provider, amount in _by_provider(piece, of_one).items()
    }
    limit = part_of_month(above, piece.days, piece.month)
    beyond = max(_NOTHING, Money.total(sums.values(), USD) - limit)
    for (organization_id, provider), amount in split(beyond.share(percent), sums).items():
        yield SupportCharge(
            piece=piece, plan=plan, amount=amount, organization_id=organization_id, provider=provider, percent=percent
        )


def _lifted(
    piece: Piece, plan: SupportPlan, used: Mapping[int, Used], plans: Mapping[str, SupportPlan]
) -> SupportCharge:
    """The whole month's fee on one billing group, never by days; of a dearer tier later on, the difference (AV-32)."""
    spend = Money.total((one for of_one in used.values() for one in _by_provider(piece, of_one).values()), USD)
    amount = fee_of(plan, spend)
    if piece.instead_of:
        amount = max(_NOTHING, amount - fee_of(plans[piece.instead_of], spend))
    price = plan.price
    return SupportCharge(
        piece=piece,
        plan=plan,
        amount=amount,
        base=spend,
        percent=price.percent if isinstance(price, PercentOfUsage) else None,
        at_least=price.at_least if isinstance(price, PercentOfUsage) else None,
    )


def _by_provider(piece: Piece, used: Used) -> dict[str | None, Money]:
    sums: dict[str | None, int] = {}
    for (day, provider), cents in used.items():
        if piece.first_on <= day <= piece.last_on:
            sums[provider] = sums.get(provider, 0) + cents
    return {
        provider: Money(sums[provider], USD)
        for provider in sorted(sums, key=lambda one: one or "\uffff")
        if sums[provider]
    }
