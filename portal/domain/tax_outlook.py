"""What an address and a tax id mean for the next invoice: for the billing profile, before anything is billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from portal.domain import tax, tax_ids
from portal.domain.errors import Refusal
from portal.domain.money import USD, Money
from portal.domain.tax import Product, TaxRules

_HUNDRED = Money(100_00, USD)


@dataclass(frozen=True, slots=True)
class TaxOutlook:
    """The taxes on usage, by name and rate in per cent, and the sentence about the one that an id lifts.

    `is_known` is False where the province decides and none is chosen. `objection` says why the id that was given
    counts like none (TAX-7). `tax` is what the country's tax is called, `liftable` the one that a valid id lifts.
    """

    tax: str | None
    liftable: str | None
    objection: str | None
    is_known: bool = False
    charged: Sequence[tuple[str, Decimal]] = ()
    note: str | None = None


def look_ahead(rules: TaxRules, *, country: str, region: str, tax_id: str, on: date) -> TaxOutlook:
    """The taxes on usage as they stand on the day `on` for a customer in `country` (ISO 3166-1)."""
    liftable = next((rule.name for rule in rules.rules if rule.lifted_by_tax_id and country in rule.rates), None)
    unknown = TaxOutlook(rules.name_in(country), liftable, _objection(country, tax_id))
    try:
        assessed = tax.assess(
            rules, _HUNDRED, product=Product.USAGE, country=country, region=region, tax_id=tax_id, on=on
        )
    except Refusal:
        return unknown
    charged = [(one.name, one.rate) for one in assessed.taxes]
    return replace(unknown, is_known=True, charged=charged, note=assessed.note)


def _objection(country: str, tax_id: str) -> str | None:
    try:
        tax_ids.check(country, tax_id)
    except Refusal as refusal:
        return str(refusal)
    return None
