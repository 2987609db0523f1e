"""Organizations that can be linked, and somebody who manages the billing of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from portal import catalogues
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.services import organizations, subscriptions
from tests.customers import START, Customer, a_customer, midnight
from tests.members import AT, a_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import User
    from portal.models.subscriptions import Subscription


@dataclass(frozen=True)
class House:
    """A payer with a monthly commitment of 799.00, one that could be linked to it, and who manages billing in both."""

    payer: Customer
    other: Customer
    user: User


def a_house(session: Session, *, since: date = START, other_pays_by: str | None = "card_ok") -> House:
    """Both have a billing address; nothing is linked yet."""
    other = a_customer(session, "beta", method=other_pays_by, since=since)
    payer = a_customer(session, "alpha", since=since)
    commit_to(session, payer, 12 * 79_900, on=since)
    user = a_user(session, "Bea")
    for customer in (payer, other):
        manage(session, user, customer)
    return House(payer, other, user)


def commit_to(session: Session, customer: Customer, cents: int, *, on: date = START) -> Subscription:
    """A monthly commitment of `cents` over twelve months, in euros at 0.9."""
    terms = Terms(
        type=SubscriptionType.MONTHLY_COMMITMENT,
        starts_on=on,
        months=12,
        currency="EUR",
        unit_price=Decimal("0.9"),
        commitment=Money(cents, USD),
    )
    return subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(on))


def manage(session: Session, user: User, customer: Customer, role: str = "ORG_BILLING_ADMIN") -> None:
    """Make `user` a member with this role."""
    roles = catalogues.load(customer.organization.catalogue).roles
    organizations.add_member(session, customer.organization, user, roles=roles, at=AT, organization_roles=[role])
