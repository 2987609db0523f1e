"""A preview as somebody asks for it: its address, with every field of the form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

PAGE, STAFF = "/orgs/acme/billing/preview", "/staff/preview"
ASKED = {
    "type": "monthly_commitment", "commitment": "12,000.00", "starts": "2027-01-01", "months": "12", "currency": "EUR",
    "unit_price": "0.915", "elastic": "y", "elastic_unit_price": "1", "marketplace": "AWS", "usage": "600\n1,500",
    "growth": "", "shown": "12", "country": "Germany", "region": "Berlin", "tax_id": "", "pays_by": "card_ok",
}  # fmt: skip


def address(path: str = PAGE, **changes: Any) -> str:
    """The address of a preview with `changes`, of which a list stands several times."""
    return f"{path}?{urlencode(ASKED | changes, doseq=True)}"
