"""Reads one step of a scenario's timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.domain import rating
from portal.domain.contracts import COMMITTING, HIGHEST_COMMITMENT_CENTS, Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Days
from portal.domain.reading import Reader
from portal.domain.scenario_cases import CASE_STEPS, CaseStep, parse_case_step
from portal.domain.scenario_plans import PLAN_STEPS, parse_plan_step
from portal.domain.scenario_values import (
    at_most,
    read_address,
    read_day,
    read_name,
    read_price,
    read_tax_id,
    refuse_as_to_come,
)
from portal.domain.scenarios import (
    ActivateSubscription,
    Available,
    GrantCredit,
    RetryPayments,
    SetAddress,
    SetPaymentMethod,
    SetTaxId,
    Step,
    Usage,
)

_PROVIDERS = ("AWS", "GCP", "AZURE")
_MOST_MONTHS = 1200
_LONGEST_SERVICE = 100
_HIGHEST_AMOUNT = Decimal(rating.HIGHEST_QUANTITY)
# Steps of which the portal does not have the features yet.
_TO_COME = frozenset({"metric", "buy_flex_consulting"})


@dataclass(frozen=True, slots=True)
class Context:
    """What a step may refer to."""

    available: Available
    projects: tuple[str, ...]
    currency: str


def parse_step(entry: Reader, context: Context) -> Step | CaseStep | Usage:
    """The step in `entry`; a step of something that the portal does not have yet is refused by its name."""
    kind = entry.text("do", one_of=(*_STEPS, *PLAN_STEPS, *CASE_STEPS, *_TO_COME))
    if kind in CASE_STEPS:
        return parse_case_step(entry, kind, projects=context.projects)
    if kind in PLAN_STEPS:
        return parse_plan_step(entry, kind, projects=context.projects)
    if kind in _TO_COME:
        raise refuse_as_to_come(entry, "do", kind)
    return _STEPS[kind](entry, context)


def _usage(entry: Reader, context: Context) -> Usage:
    is_amount = False
    if any(key in entry for key in ("from", "to", "per_day")):
        first_on, last_on = read_day(entry, "from"), read_day(entry, "to")
        if last_on < first_on:
            raise entry.refuse("to", f"a day not before {first_on} is expected")
        quantity, unit_price, is_amount = _amount(entry, "per_day"), Decimal(1), True
    else:
        first_on = last_on = read_day(entry, "on")
        if "quantity" in entry or "unit_price" in entry:
            quantity, unit_price = _metered(entry)
        else:
            quantity, unit_price, is_amount = _amount(entry, "amount"), Decimal(1), True
    project = entry.text("project")
    if project not in context.projects:
        raise entry.refuse("project", f"one of the file's projects is expected, not {project!r}")
    return Usage(
        place=entry.path,
        first_on=first_on,
        last_on=last_on,
        project=project,
        service=read_name(entry, "service", longest=_LONGEST_SERVICE),
        provider=entry.optional_text("provider", one_of=_PROVIDERS),
        quantity=quantity,
        unit_price=unit_price,
        is_amount=is_amount,
    )


def _amount(entry: Reader, key: str) -> Decimal:
    return at_most(entry, key, entry.decimal(key, places=2), _HIGHEST_AMOUNT)


def _metered(entry: Reader) -> tuple[Decimal, Decimal]:
    quantity = entry.decimal("quantity", places=rating.QUANTITY_DECIMALS)
    unit_price = entry.decimal("unit_price", places=rating.UNIT_PRICE_DECIMALS)
    at_most(entry, "quantity", quantity, Decimal(rating.HIGHEST_QUANTITY))
    at_most(entry, "unit_price", unit_price, Decimal(rating.HIGHEST_UNIT_PRICE))
    if rating.amount_cents(rating.nano(quantity), rating.pico(unit_price)) > _HIGHEST_AMOUNT * 100:
        raise entry.refuse("quantity", f"a quantity that comes to at most {_HIGHEST_AMOUNT} US dollars is expected")
    return quantity, unit_price


def _activate_subscription(entry: Reader, context: Context) -> ActivateSubscription:
    on = read_day(entry, "on")
    kind = SubscriptionType(entry.text("type", one_of=[kind.value for kind in SubscriptionType]))
    starts_on = read_day(entry, "starts") if entry.optional_day("starts") else on
    if starts_on < on:
        raise entry.refuse("starts", f"a day not before {on}, the day of the activation, is expected")
    support_plan = entry.optional_text("support_plan")
    # Every key is accepted for every type; those that mean nothing for this one are passed over.
    terms = Terms(
        type=kind,
        starts_on=starts_on,
        months=_months(entry, kind),
        currency=context.currency,
        unit_price=read_price(entry, "unit_price"),
        elastic_unit_price=read_price(entry, "elastic_unit_price"),
        commitment=_commitment(entry, kind),
        elastic=entry.flag("elastic", default=False),
        marketplace=_marketplace(entry, kind),
        support_plan=support_plan,
    )
    return ActivateSubscription(place=entry.path, on=on, terms=terms, support_plan=support_plan)


def _months(entry: Reader, kind: SubscriptionType) -> int | None:
    """A term in months; it may be left out where nothing is committed."""
    if kind not in COMMITTING and entry.take("months", default=None) is None:
        return None
    return entry.integer("months", lowest=1, highest=_MOST_MONTHS)


def _commitment(entry: Reader, kind: SubscriptionType) -> Money | None:
    if kind in COMMITTING:
        return _dollars(entry, "commitment")
    if entry.take("commitment", default=None) is not None:
        entry.decimal("commitment", places=2)
    return None


def _marketplace(entry: Reader, kind: SubscriptionType) -> str | None:
    if kind is SubscriptionType.MARKETPLACE:
        return entry.optional_text("marketplace", one_of=_PROVIDERS)
    entry.optional_text("marketplace")
    return None


def _grant_credit(entry: Reader, _: Context) -> GrantCredit:
    starts_on, ends_on = read_day(entry, "starts"), read_day(entry, "ends")
    if ends_on < starts_on:
        raise entry.refuse("ends", f"a day not before {starts_on} is expected")
    priority = None
    if entry.take("priority", default=None) is not None:
        priority = entry.integer("priority", lowest=1)
    return GrantCredit(
        place=entry.path,
        on=read_day(entry, "on"),
        kind=entry.text("kind", one_of=("promotional", "prepaid")),
        total=_dollars(entry, "amount"),
        days=Days(starts_on, ends_on + ONE_DAY),
        priority=priority,
    )


def _dollars(entry: Reader, key: str) -> Money:
    """An amount of US dollars above nothing."""
    amount = Money.of(entry.decimal(key, places=2, above=Decimal(0)), USD)
    if amount.minor > HIGHEST_COMMITMENT_CENTS:
        raise entry.refuse(key, "an amount of at most 100000000000.00 is expected")
    return amount


def _set_address(entry: Reader, _: Context) -> SetAddress:
    with entry.table("address") as place:
        return SetAddress(place=entry.path, on=read_day(entry, "on"), address=read_address(place))


def _set_tax_id(entry: Reader, _: Context) -> SetTaxId:
    if "tax_id" not in entry:
        raise entry.refuse("tax_id", "is missing")
    return SetTaxId(place=entry.path, on=read_day(entry, "on"), tax_id=read_tax_id(entry))


def _set_payment_method(entry: Reader, context: Context) -> SetPaymentMethod:
    # Null takes the method away; a step that leaves it out is a mistake.
    if "method" not in entry:
        raise entry.refuse("method", "is missing")
    method = entry.optional_text("method", one_of=context.available.payment_methods)
    return SetPaymentMethod(place=entry.path, on=read_day(entry, "on"), method=method)


def _retry_payments(entry: Reader, _: Context) -> RetryPayments:
    return RetryPayments(place=entry.path, on=read_day(entry, "on"))


_STEPS: Mapping[str, Callable[[Reader, Context], Step | Usage]] = {
    "usage": _usage,
    "activate_subscription": _activate_subscription,
    "set_payment_method": _set_payment_method,
    "set_tax_id": _set_tax_id,
    "set_address": _set_address,
    "grant_credit": _grant_credit,
    "retry_payments": _retry_payments,
}
