"""Settles a billing group's month: gathers who may pay, lets the core decide, adds the taxes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain import invoicing, rating, settlement
from portal.domain.drawing import Portion, Source
from portal.domain.errors import Refusal
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.rating import Line
from portal.domain.settlement import Part
from portal.domain.tax import Assessment, Product, assess
from portal.models.among import among
from portal.models.billing_groups import BillingProfile, PaymentMethod
from portal.services import payers

_NOTHING = Money.zero(USD)
# Made once: every close asks it.
_NEWEST = (
    select(func.max(PaymentMethod.id))
    .where(among(PaymentMethod.billing_group_id, "groups"))
    .group_by(PaymentMethod.billing_group_id)
)
_ON_FILE = select(PaymentMethod).where(PaymentMethod.id.in_(_NEWEST), PaymentMethod.removed_at.is_(None))


@dataclass(frozen=True, slots=True)
class TaxedPart:
    """A part of the settlement and the taxes on its net."""

    part: Part
    assessment: Assessment

    @property
    def total(self) -> Money:
        """Net and taxes, in the part's currency."""
        return self.assessment.total


def settle(
    session: Session,
    billing_group_id: int,
    lines: Sequence[Line],
    month: Month,
    *,
    profile: BillingProfile | None,
) -> tuple[TaxedPart, ...]:
    """The month's parts with their taxes, by the payment method, address and tax id as they stand now.

    Refused where something is to be paid and the billing group has no address that says which tax it bears.
    """
    return settle_between(sources(session, billing_group_id, month), lines, month, profile=profile)


def settle_between(
    who_pays: Sequence[Source],
    lines: Sequence[Line],
    month: Month,
    *,
    profile: BillingProfile | None,
    shortfall: Money = _NOTHING,
) -> tuple[TaxedPart, ...]:
    """`settle` between those who are known to pay already."""
    return settle_owed(who_pays, invoicing.owed(lines), month, profile=profile, shortfall=shortfall)


def settle_owed(
    who_pays: Sequence[Source],
    owed: Mapping[Portion, Money],
    month: Month,
    *,
    profile: BillingProfile | None,
    shortfall: Money = _NOTHING,
) -> tuple[TaxedPart, ...]:
    """`settle` what is owed by portion, and what is missing to the minimum of a support plan (2.4)."""
    parts = settlement.settle(who_pays, owed, shortfall=shortfall)
    if any(part.net for part in parts) and profile is None:
        raise Refusal("The organization has no billing address, so its taxes are not known.")
    return tuple(TaxedPart(part, assess_net(part.net, profile, month.last_on)) for part in parts)


def assess_net(net: Money, profile: BillingProfile | None, on: date) -> Assessment:
    """The taxes on `net` where the customer is, on the day; nothing bears none. Refused beyond an invoice's size."""
    assessed = assess(
        catalogues.load_tax_rules(),
        net,
        product=Product.USAGE,
        country=profile.country if profile else "",
        region=profile.region if profile else None,
        tax_id=profile.tax_id if profile else None,
        on=on,
    )
    if assessed.total.minor > rating.HIGHEST_INVOICE_CENTS:
        raise Refusal(f"A total of {assessed.total} {net.currency} is more than an invoice can hold.")
    return assessed if net else replace(assessed, taxes=(), note=None)


def sources(session: Session, billing_group_id: int, month: Month) -> list[Source]:
    """Who pays in `month`, in drawing order; the payment method on file (or nobody) takes what is left (6.2)."""
    funds = payers.funds_of(session, [billing_group_id], month).get(billing_group_id)
    return payers.in_order(funds, payment_method(session, billing_group_id), month)


def payment_method(session: Session, billing_group_id: int) -> PaymentMethod | None:
    """The payment method on file: the newest, unless it was removed."""
    return payment_methods_of(session, [billing_group_id]).get(billing_group_id)


def payment_methods_of(session: Session, billing_group_ids: Collection[int]) -> Mapping[int, PaymentMethod]:
    """The payment method on file of each of the billing groups that has one."""
    on_file = session.scalars(_ON_FILE, {"groups": list(billing_group_ids)})
    return {method.billing_group_id: method for method in on_file}
