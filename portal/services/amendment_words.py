"""What the feed tells of an amendment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.money import USD, Money
from portal.services.contracts import Contract

# What the customer reads of an amendment, by column; who sold it is not among it.
_TOLD = {
    "starts_on": "first day {}",
    "commitment_cents": "commitment {} US dollars",
    "elastic": "elastic billing {}",
    "unit_price": "unit price {}",
    "elastic_unit_price": "elastic unit price {}",
    "support_plan": "support plan {}",
    "pay_now_allowed": "Pay now {}",
    "billing_contact": "billing contact {}",
    "purchase_order": "purchase order {}",
}


def told(held: Contract, amended: Contract, changes: Mapping[str, Any]) -> str:
    """Which contract was amended, and each thing that the customer reads of it; `changes` are columns and values."""
    parts = [_TOLD[name].format(_word(name, value)) for name, value in changes.items() if name in _TOLD]
    if "ends_before" in changes:
        parts.insert(0, f"last day {amended.term.last_on}")
    kind = str(held.subscription.type).replace("_", " ").capitalize()
    return f"{kind} from {held.terms.starts_on}: {', '.join(parts)}" if parts else f"{kind} from {held.terms.starts_on}"


def _word(name: str, value: Any) -> str:
    if name == "commitment_cents":
        return str(Money(value or 0, USD))
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)
