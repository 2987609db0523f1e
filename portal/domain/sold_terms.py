"""Terms that are sold and not activated yet, as JSON: all of them but the start, which the application may decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.reading import Reader

T = TypeVar("T")
_MOST_MONTHS = 1200


def written(terms: Terms) -> dict[str, object]:
    """The terms as JSON takes them; amounts are texts, so that none loses a digit."""
    return {
        "type": terms.type.value,
        "months": terms.months,
        "currency": terms.currency,
        "unit_price": format(terms.unit_price, "f"),
        "elastic_unit_price": format(terms.elastic_unit_price, "f"),
        "commitment": str(terms.commitment) if terms.commitment else None,
        "elastic": terms.elastic,
        "marketplace": terms.marketplace,
        "support_plan": terms.support_plan,
        "yearly_in_advance": terms.yearly_in_advance,
        "pay_now_allowed": terms.pay_now_allowed,
        "billing_contact": terms.billing_contact,
        "purchase_order": terms.purchase_order,
        "sales_representative_id": terms.sales_representative_id,
    }


def restored(kept: Mapping[str, object], *, starts_on: date) -> Terms:
    """The terms that `written` wrote, beginning on `starts_on`; `Malformed` for anything else."""
    with Reader(kept) as table:
        return Terms(
            type=SubscriptionType(table.text("type", one_of=[kind.value for kind in SubscriptionType])),
            starts_on=starts_on,
            months=_optional(table, "months", lambda key: table.integer(key, lowest=1, highest=_MOST_MONTHS)),
            currency=table.text("currency", longest=3),
            unit_price=table.decimal("unit_price", above=Decimal(0), places=40),
            elastic_unit_price=table.decimal("elastic_unit_price", above=Decimal(0), places=40),
            commitment=_optional(table, "commitment", lambda key: Money.of(table.decimal(key, places=2), USD)),
            elastic=table.flag("elastic"),
            marketplace=table.optional_text("marketplace"),
            support_plan=table.optional_text("support_plan"),
            yearly_in_advance=table.flag("yearly_in_advance"),
            pay_now_allowed=table.flag("pay_now_allowed"),
            billing_contact=table.optional_text("billing_contact"),
            purchase_order=table.optional_text("purchase_order"),
            sales_representative_id=_optional(
                table, "sales_representative_id", lambda key: table.integer(key, highest=2**63 - 1)
            ),
        )


def _optional(table: Reader, key: str, read: Callable[[str], T]) -> T | None:
    """What `read` makes of the key, None where it is null."""
    table.take(key, default=None)
    return read(key) if table.has(key) else None
