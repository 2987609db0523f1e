"""The people's organizations with billed months: what the tests of billing pages look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from invoices.archive import Archive
from portal import database
from portal.jobs import documents
from portal.models.billing_groups import BillingGroup
from portal.services import agreements
from tests import customers, papers
from tests.customers import Customer

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.world import World

VIEWER, OWNER, MEMBER = (f"org_{role}@acme.example" for role in ("billing_read_only", "owner", "member"))


@dataclass(frozen=True, slots=True)
class Billed:
    """Acme's months by their names, in the order in which they were closed."""

    customer: Customer
    numbers: dict[str, str]


def customer_of(session: Session, world: World, slug: str) -> Customer:
    """The organization as a customer, without address and payment method."""
    organization = world.organizations[slug]
    group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == organization.id)).one()
    return Customer(organization, group, world.projects[slug][0])


def make_documents(app: Flask) -> None:
    """Draw and archive every document of the portal that has no file, as a worker does, and keep what was signed."""
    open_session = database.writing(app.extensions["database"])
    documents.render(open_session, Archive(app.extensions["files"]), at=customers.midnight(customers.START))
    app.extensions["files"].create(agreements.file_name(papers.SHA256), papers.SIGNED)


def bill_acme(session: Session, world: World) -> Billed:
    """Four months of 2024: January by card, February without usage, March by card and elastic in euros, April unpaid.

    January 300.10, March 100.00 + 200.05 and a line of 0.00, April 40.00 and a cent without provider, in two projects.
    """
    customer = customer_of(session, world, "acme")
    lab = world.projects["acme"][1]
    customers.live_at(session, customer, "DE", region="Berlin")
    customers.pay_by(session, customer, "card_ok", on=date(2024, 1, 1))
    customers.use(session, customer, date(2024, 1, 2), "300.10")
    customers.use(session, customer, date(2024, 3, 5), "100", service="Backup", sku="Continuous")
    customers.use(session, customer, date(2024, 3, 20), "200.05", project=lab)
    customers.use(session, customer, date(2024, 3, 21), "7", price="0", service="Charts", provider=None)
    customers.use(session, customer, date(2024, 4, 20), "40")
    customers.use(session, customer, date(2024, 4, 21), "0.01", service="App Services", provider=None, project=lab)
    numbers = {}
    for month in ("2024-01", "2024-02", "2024-03", "2024-04"):
        if month == "2024-03":
            customers.go_elastic(session, customer, date(2024, 3, 10), price="0.915", currency="EUR", months=1)
        if month == "2024-04":
            customers.take_away_method(session, customer, on=date(2024, 4, 30))
        (invoice,) = customers.close(session, customer, month)
        numbers[month] = invoice.number
        customers.charge_due(session, customer, invoice.closed_at.date())
    return Billed(customer, numbers)
