"""What the activity feed says when an address, a tax id or a payment method changes (atlas 12)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.models.history import Activity
from portal.services import billing_profiles, payment_methods
from tests.customers import START, Customer, a_customer, midnight, pay_by

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LATER = midnight(date(2024, 2, 1))


def events(session: Session, customer: Customer) -> list[str]:
    of_customer = Activity.organization_id == customer.organization.id
    return list(session.scalars(select(Activity.type).where(of_customer).order_by(Activity.id)))


def test_an_address_is_added_then_changed_and_a_tax_id_is_an_event_of_its_own(session: Session) -> None:
    customer = a_customer(session, method=None)
    for change in ({"tax_id": "IE6388047V"}, {"tax_id": "IE6388047V"}, {"city": "Cork", "tax_id": None}):
        billing_profiles.change(session, customer.group, at=LATER, **change)
    assert events(session, customer) == ["INVOICE_ADDRESS_ADDED", "TAX_ID_CHANGED", "INVOICE_ADDRESS_CHANGED"]
    profile = billing_profiles.current(session, customer.group.id)
    assert profile is not None
    assert (profile.city, profile.tax_id, profile.line1) == ("Cork", None, "1 Main Street")


def test_a_card_is_added_then_updated_and_removed_once(session: Session) -> None:
    customer = a_customer(session, country=None, method="card_ok")
    pay_by(session, customer, "card_declines", on=START)
    pay_by(session, customer, "paypal_ok", on=START)
    for _ in range(2):
        payment_methods.remove(session, customer.group, at=LATER)
    assert events(session, customer) == [
        "ORG_CREDIT_CARD_ADDED",
        "ORG_CREDIT_CARD_UPDATED",
        "PAYPAL_ACCOUNT_LINKED",
        "PAYMENT_METHOD_REMOVED",
    ]
