"""What the open months and those ahead will bill to a billing group, before a change and after it, on values alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import invoicing, settlement
from portal.domain.drawing import Portion
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Days, Month, each_day
from portal.domain.rating import Line
from portal.domain.settlement import BEARS_MONEY, Part
from portal.models.billing_groups import BillingGroup
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.services import balances, contracts, credit_rows, months, payers, rating, settling
from portal.services.balances import Balance
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow
from portal.services.payers import Funds

MOST_MONTHS = 72
_NOTHING = Money.zero(USD)
_BY_PROVIDERS = frozenset({Method.MARKETPLACE, Method.GCP_COMMITMENT, Method.GCP_ELASTIC})
_OF_COMMITMENTS = frozenset({Method.MONTHLY_COMMITMENT, Method.FLEX_COMMITMENT, Method.GCP_COMMITMENT})

Owed = Mapping[Month, Mapping[Portion, Money]]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a billing group has: contracts with the terms that hold, and credits with their dates."""

    contracts: Sequence[Contract]
    credits: Sequence[CreditRow]


@dataclass(frozen=True, slots=True)
class MonthAhead:
    """A month as it would be settled."""

    month: Month
    parts: tuple[Part, ...]

    @property
    def billed(self) -> list[tuple[object, ...]]:
        """What each payment takes and costs."""
        return [(part.source.key, part.usage, part.billed, part.net) for part in self.parts]

    @property
    def asked(self) -> tuple[Money, ...]:
        """What is asked for before tax, one amount a currency; of marketplaces, what they ask for."""
        sums: dict[str, Money] = {}
        for part in self.parts:
            amount = asked(part)
            sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
        return tuple(amount for amount in sums.values() if amount)


@dataclass(frozen=True, slots=True)
class Change:
    """A month before a change and after it."""

    before: MonthAhead
    after: MonthAhead

    @property
    def month(self) -> Month:
        """Which month it is."""
        return self.before.month

    @property
    def is_one(self) -> bool:
        """Whether anything is billed or drawn otherwise; what is left afterwards shows in later months."""
        return self.before.billed != self.after.billed


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change does: to the months that are open now, with the usage so far, and to those ahead.

    `idle` is without further usage. `as_lately` has `daily` on each coming day, the average of the last closed month;
    it is empty where there is none.
    """

    open_now: tuple[Change, ...]
    idle: tuple[Change, ...]
    as_lately: tuple[Change, ...]
    daily: Money


def compare(
    session: Session,
    organization: Organization,
    group: BillingGroup,
    *,
    change: Callable[[Holdings], Holdings],
    on: date,
) -> Effect:
    """What `change` to the holdings of the billing group would do, seen on the day `on`. Nothing is written."""
    held = holdings_of(session, organization, group)
    changed = change(held)
    first = months.next_to_close(session, organization)
    last = _last_month(held, changed, on)
    lines = rating.rated_between(session, [organization.id], first.first_on, Month.of(on).ends_before)
    so_far = _by_month(lines.get(group.id, ()))
    daily = _daily(session, group)
    player = _Player(session, group, held, changed, tuple(first.until(last)))
    idle = player.play(so_far)
    return Effect(
        open_now=tuple(one for one in idle if one.month <= Month.of(on)),
        idle=tuple(one for one in idle if one.is_one),
        as_lately=tuple(one for one in player.play(_going_on(so_far, daily, on, last)) if one.is_one) if daily else (),
        daily=daily,
    )


def running_use(
    session: Session, organization: Organization, group: BillingGroup, contract: Contract, *, on: date
) -> Money:
    """What the open months have used of the contract's commitment until the day `on`."""
    as_it_is = compare(session, organization, group, change=lambda held: held, on=on)
    parts = (part for one in as_it_is.open_now for part in one.before.parts)
    own = (part for part in parts if part.source.subscription_id == contract.subscription.id)
    return Money.total((part.usage for part in own if part.source.method in _OF_COMMITMENTS), USD)


def holdings_of(session: Session, organization: Organization, group: BillingGroup) -> Holdings:
    """All that the billing group ever had."""
    return Holdings(
        [one for one in contracts.of_organization(session, organization) if _is_of(one, group)],
        [one for one in credit_rows.of_organization(session, organization) if one.credit.billing_group_id == group.id],
    )


def asked(part: Part) -> Money:
    """What a part asks for before tax, by us or by a marketplace."""
    if part.source.method in BEARS_MONEY:
        return part.net
    return part.billed if part.source.method in _BY_PROVIDERS else _NOTHING


class _Player:
    """Settles the same months with two holdings, from the same balances."""

    def __init__(
        self, session: Session, group: BillingGroup, held: Holdings, changed: Holdings, ahead: tuple[Month, ...]
    ) -> None:
        self._both, self._ahead = (held, changed), ahead
        self._method = settling.payment_method(session, group.id)
        self._committed = balances.of_commitments(session, [one.subscription.id for one in held.contracts])
        self._drawn = balances.of_credits(session, [one.credit.id for one in held.credits])

    def play(self, owed: Owed) -> tuple[Change, ...]:
        before, after = (tuple(self._months(one, owed)) for one in self._both)
        return tuple(Change(*pair) for pair in zip(before, after, strict=True))

    def _months(self, held: Holdings, owed: Owed) -> Iterator[MonthAhead]:
        committed, drawn = dict(self._committed), dict(self._drawn)
        for month in self._ahead:
            funds = replace(_funds_in(held, month), commitments=committed, drawn=drawn)
            parts = settlement.settle(payers.in_order(funds, self._method, month), owed.get(month, {}))
            _carry_on(parts, committed, drawn)
            yield MonthAhead(month, parts)


def _funds_in(held: Holdings, month: Month) -> Funds:
    whole = Days(month.first_on, month.ends_before)
    return Funds(
        [one for one in held.contracts if one.covers.overlaps(whole)],
        [one for one in held.credits if one.days.overlaps(whole) and not one.terms.voided],
    )


def _carry_on(parts: Iterable[Part], committed: dict[int, Balance], drawn: dict[int, Money]) -> None:
    """Note what a month took, as the next one finds it."""
    for part in parts:
        subscription_id = part.source.subscription_id
        if subscription_id is not None and part.source.commitment is not None:
            before = committed.get(subscription_id, Balance())
            committed[subscription_id] = balances.after(before, part.source.method, used=part.usage, billed=part.billed)
        for one in part.draws:
            if one.source.credit_id is not None:
                drawn[one.source.credit_id] = drawn.get(one.source.credit_id, _NOTHING) + one.total


def _by_month(lines: Iterable[Line]) -> dict[Month, dict[Portion, Money]]:
    found: dict[Month, dict[Portion, Money]] = defaultdict(dict)
    for portion, amount in invoicing.owed(lines).items():
        found[Month.of(portion.posted_on)][portion] = amount
    return found


def _going_on(so_far: Owed, daily: Money, on: date, last: Month) -> Owed:
    """The usage so far, and `daily` on each day after `on`."""
    owed = {month: dict(portions) for month, portions in so_far.items()}
    for day in each_day(on + ONE_DAY, last.last_on):
        portions = owed.setdefault(Month.of(day), {})
        portions[Portion(day)] = portions.get(Portion(day), _NOTHING) + daily
    return owed


def _daily(session: Session, group: BillingGroup) -> Money:
    """The average day of the last closed month, to the cent below."""
    newest = select(Invoice).where(Invoice.billing_group_id == group.id).order_by(Invoice.period_on.desc()).limit(1)
    invoice = session.scalar(newest)
    return Money(invoice.usage_cents // Month.of(invoice.period_on).days, USD) if invoice else _NOTHING


def _last_month(held: Holdings, changed: Holdings, on: date) -> Month:
    """The last month in which anything of either ends, at most six years ahead."""
    ends = [one.covers.last_on for one in (*held.contracts, *changed.contracts)]
    ends += [one.days.last_on for one in (*held.credits, *changed.credits)]
    latest = max([on, *(day for day in ends if day is not None)])
    furthest = on.replace(year=on.year + MOST_MONTHS // 12, day=1)
    return Month.of(min(latest, furthest))


def _is_of(contract: Contract, group: BillingGroup) -> bool:
    return contract.subscription.billing_group_id == group.id
