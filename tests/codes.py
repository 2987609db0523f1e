"""Activation codes that were sold, and read from the mail as the billing contact does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import Money
from portal.domain.permissions import StaffRole
from portal.models.outbox import Message
from portal.services import activation_codes, people
from portal.services.activation_codes import Seller
from tests.customers import START, midnight

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.activation_codes import ActivationCode
    from portal.models.organizations import User
    from tests.customers import Customer

CONTACT = "ap@acme.example"
SALE = Terms(
    type=SubscriptionType.MONTHLY_COMMITMENT,
    starts_on=START,
    months=12,
    currency="EUR",
    unit_price=Decimal("0.915"),
    commitment=Money.of("12000.00", "USD"),
    elastic=True,
    billing_contact=CONTACT,
)
_CODE = re.compile(r"^    (\S{23})$", re.MULTILINE)


def a_seller(session: Session, name: str = "sally") -> User:
    """Somebody of sales."""
    email = f"{name}@portal.example"
    found = people.find_user_by_email(session, email)
    if found:
        return found
    user = people.create_user(session, email, name=name.title(), password_hash="none", at=midnight(START))
    people.grant_staff_role(session, user, StaffRole.SALES)
    return user


def seller_to(session: Session, customer: Customer) -> Seller:
    """Somebody of sales who sells to this customer."""
    return Seller(organization=customer.organization, by=a_seller(session), base_url="http://localhost")


def sell(
    session: Session, customer: Customer, *, on: date = START, starts_on: date | None = None, **terms: Any
) -> tuple[ActivationCode, str]:
    """Sell `SALE` with these `terms`; the code's row, and the code as it was mailed."""
    sale = replace(SALE, starts_on=starts_on or on, **terms)
    code = activation_codes.issue(
        session, seller_to(session, customer), customer.group, sale, starts_on=starts_on, at=midnight(on)
    )
    return code, mailed_code(session)


def mailed_code(session: Session) -> str:
    """The code in the newest mail."""
    text = session.scalars(select(Message.text).order_by(Message.id.desc())).first() or ""
    match = _CODE.search(text)
    assert match, f"no code in {text!r}"
    return match[1]
