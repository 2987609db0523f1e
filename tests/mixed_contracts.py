"""Customers with contracts of every type, with credits, and one that pays for another: what closes are tried with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.credit_rows import CreditKind
from portal.models.links import Link
from portal.services import credit_rows
from portal.services.credit_rows import Grant
from tests.contracts import activate, terms
from tests.customers import START, Customer, a_customer, midnight, use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.domain.contracts import Terms

EUROS: dict[str, Any] = {"currency": "EUR", "unit_price": Decimal("0.915"), "elastic_unit_price": Decimal("0.93")}
OF_A_YEAR = {
    "elastic": terms("elastic", None, **EUROS),
    "flex": terms("flex_commitment", elastic=True, **EUROS),
    "monthly": terms("monthly_commitment", elastic=True),
    "prepaid": terms("prepaid", "300.00", elastic=True),
    "marketplace": terms("marketplace", None, marketplace="AWS"),
    "google": terms("gcp_monthly_commitment", "600.00"),
}
"""A contract of each type, for 2024."""


def everybody(session: Session) -> Sequence[Customer]:
    """Customers with each of them, one that pays years in advance, a payer with who is linked to it, and who pays by
    card; all have credits that were given to them but the linked one.
    """
    committed = [a_committed_customer(session, name, agreed) for name, agreed in OF_A_YEAR.items()]
    card = a_customer(session, "card")
    payer = a_committed_customer(session, "payer", terms(elastic=True, **EUROS))
    linked = a_customer(session, "linked", method=None)
    session.add(Link(payer_id=payer.organization.id, linked_id=linked.organization.id, linked_at=midnight(START)))
    for customer in (*committed, card, payer):
        give(session, customer, "150.00")
    return [*committed, one_who_pays_years_in_advance(session), card, payer, linked]


def a_committed_customer(session: Session, slug: str, agreed: Terms) -> Customer:
    """A customer with this contract and a good card."""
    customer = a_customer(session, slug)
    activate(session, customer, agreed)
    return customer


def one_who_pays_years_in_advance(session: Session) -> Customer:
    """24 months, 600.00 US dollars a year, with credits that were given on top."""
    agreed = terms(months=24, commitment="1200.00", yearly_in_advance=True, elastic=True, **EUROS)
    customer = a_committed_customer(session, "yearly", agreed)
    give(session, customer, "20.00")
    return customer


def give(session: Session, customer: Customer, amount: str) -> None:
    """Promotional credits for 2024, which are drawn first."""
    wanted = Grant(
        kind=CreditKind.PROMOTIONAL, total=Money.of(amount, USD), days=Days(START, date(2025, 1, 1)), priority=1
    )
    credit_rows.grant(session, customer.organization, customer.group, wanted, at=midnight(START))


def use_in_months(session: Session, customers: Sequence[Customer], months: Sequence[date]) -> None:
    """Usage on three days of each of the months, of which no two customers have the same."""
    for number, customer in enumerate(customers):
        for month in months:
            for day in (3, 14, 28):
                use(session, customer, month.replace(day=day), f"{100 + 10 * number + day}.37")
