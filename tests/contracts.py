"""Builders of contracts, made by the real services."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.services import subscriptions
from tests.customers import START, midnight

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.subscriptions import Subscription
    from tests.customers import Customer


def terms(kind: str = "monthly_commitment", commitment: str | None = "12000.00", **changes: Any) -> Terms:
    """Twelve months from the first of January on, for 12,000.00 US dollars."""
    agreed: dict[str, Any] = {
        "type": SubscriptionType(kind),
        "starts_on": START,
        "months": 12,
        "currency": "USD",
        "commitment": Money.of(commitment, USD) if commitment else None,
    }
    return Terms(**agreed | changes)


def activate(session: Session, customer: Customer, agreed: Terms, *, on: date | None = None) -> Subscription:
    """Begin the contract on its first day, or on `on`."""
    at = midnight(on or agreed.starts_on)
    return subscriptions.activate(session, customer.organization, customer.group, agreed, at=at)
