"""Reads one step of a scenario's timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from portal.domain import rating
from portal.domain.contracts import Terms
from portal.domain.reading import Reader
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
    RetryPayments,
    SetAddress,
    SetPaymentMethod,
    SetTaxId,
    Step,
    Usage,
)
from portal.domain.settlement import SubscriptionType

_PROVIDERS = ("AWS", "GCP", "AZURE")
_MOST_MONTHS = 1200
_LONGEST_SERVICE = 100
_HIGHEST_AMOUNT = Decimal(rating.HIGHEST_QUANTITY)
# Steps of which the portal does not have the features yet.
_TO_COME = frozenset(
    {
        "grant_credit", "support_plan", "support_tier", "assign_billing_group", "pricing_plan", "metric", "open_case",
        "case_reply", "case_severity", "buy_flex_consulting",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """What a step may refer to."""

    available: Available
    projects: tuple[str, ...]
    currency: str


def parse_step(entry: Reader, context: Context) -> Step | Usage:
    """The step in `entry`; a step of something that the portal does not have yet is refused by its name."""
    kind = entry.text("do", one_of=(*_STEPS, *_TO_COME))
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
    if kind not in context.available.subscription_types:
        raise refuse_as_to_come(entry, "type", kind.value)
    starts_on = read_day(entry, "starts") if entry.optional_day("starts") else on
    if starts_on < on:
        raise entry.refuse("starts", f"a day not before {on}, the day of the activation, is expected")
    _pass_over(entry)
    terms = Terms(
        type=kind,
        starts_on=starts_on,
        months=_months(entry),
        currency=context.currency,
        unit_price=read_price(entry, "unit_price"),
        elastic_unit_price=read_price(entry, "elastic_unit_price"),
    )
    support_plan = entry.optional_text("support_plan")
    return ActivateSubscription(place=entry.path, on=on, terms=terms, support_plan=support_plan)


def _months(entry: Reader) -> int | None:
    if entry.take("months", default=None) is None:
        return None
    return entry.integer("months", lowest=1, highest=_MOST_MONTHS)


def _pass_over(entry: Reader) -> None:
    """Take the keys that are accepted for every type and mean nothing for this one."""
    if entry.take("commitment", default=None) is not None:
        entry.decimal("commitment", places=2)
    entry.flag("elastic", default=False)
    entry.optional_text("marketplace")


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
    "retry_payments": _retry_payments,
}
