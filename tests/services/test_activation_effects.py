"""What an activation would do is what it then does, for every type of contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from portal.domain.contracts import Terms
from portal.domain.errors import Refusal
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.models.payments import Purpose
from portal.services import activation_effects, subscriptions
from tests.customers import a_customer, close, midnight, payments, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TODAY = date(2024, 1, 10)
TYPES: list[dict[str, Any]] = [
    {"type": SubscriptionType.ELASTIC, "months": None, "commitment": None, "elastic_unit_price": Decimal("0.9")},
    {"type": SubscriptionType.MARKETPLACE, "months": None, "commitment": None, "marketplace": "AWS"},
    {"type": SubscriptionType.MONTHLY_COMMITMENT, "elastic": True, "unit_price": Decimal("0.915"), "currency": "EUR"},
    {"type": SubscriptionType.MONTHLY_COMMITMENT, "yearly_in_advance": True, "months": 24},
    {"type": SubscriptionType.FLEX_COMMITMENT},
    {"type": SubscriptionType.PREPAID, "elastic": True},
    {"type": SubscriptionType.GCP_MONTHLY_COMMITMENT},
]


def terms_of(**changes: Any) -> Terms:
    """A term of two months with a commitment of 1,000, unless `changes` say otherwise."""
    usual: dict[str, Any] = {"months": 2, "commitment": Money.of("1000", USD), "starts_on": TODAY, "currency": USD}
    return Terms(**usual | changes)


@pytest.mark.parametrize("changes", TYPES, ids=lambda one: f"{one['type']}{'-yearly' * ('yearly_in_advance' in one)}")
def test_what_would_be_billed_is_what_the_closes_bill(session: Session, changes: dict[str, Any]) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 5), "1500")
    terms = terms_of(**changes)
    effect = activation_effects.preview(session, customer.organization, customer.group, terms, at=midnight(TODAY))
    assert not session.new
    subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(TODAY))
    for month in ("2024-01", "2024-02", "2024-03"):
        close(session, customer, month)
    shown = [
        (str(one.month), part.source.method, part.billed.minor, part.net.minor)
        for one in {change.month: change for change in (*effect.open_now, *effect.idle)}.values()
        for part in one.after.parts
    ]
    made = [
        (f"{one.created_at.year}-{one.created_at.month - 1:02d}", one.method, one.billed_cents, one.net_minor)
        for one in payments(session, customer)
        if one.purpose is Purpose.USAGE
    ]
    assert shown == made


def test_it_is_refused_like_the_activation(session: Session) -> None:
    customer = a_customer(session)
    terms = terms_of(type=SubscriptionType.MONTHLY_COMMITMENT, commitment=None)
    with pytest.raises(Refusal, match="A commitment is an amount above 0"):
        activation_effects.preview(session, customer.organization, customer.group, terms, at=midnight(TODAY))
