"""Builders of billed customers, made by the real services: an address, a payment method, usage, closed months."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain import rating
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.periods import Month
from portal.gateways.payments import sandbox
from portal.models.billing_groups import BillingGroup
from portal.models.payments import Payment
from portal.services import billing_profiles, closing, collecting, organizations, payment_methods, subscriptions, usage
from portal.services.usage import NewUsage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.models.invoices import Invoice
    from portal.models.organizations import Organization, Project
    from portal.models.subscriptions import Subscription

START = date(2024, 1, 1)
_ids = itertools.count(1)


def midnight(day: date) -> datetime:
    """The first instant of `day`, in UTC."""
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class Customer:
    """An organization with one project and its unnamed billing group."""

    organization: Organization
    group: BillingGroup
    project: Project


def a_customer(
    session: Session,
    slug: str = "acme",
    *,
    country: str | None = "IE",
    region: str = "Dublin",
    tax_id: str | None = None,
    method: str | None = "card_ok",
    since: date = START,
) -> Customer:
    """A customer in `country` (None: without an address) who pays by a sandbox `method` (None: by none)."""
    at = midnight(since)
    organization = organizations.create_organization(session, slug, name=slug.title(), catalogue="atlas", at=at)
    project = organizations.create_project(session, organization, "shop", at=at)
    group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == organization.id)).one()
    customer = Customer(organization, group, project)
    if country:
        live_at(session, customer, country, region=region, tax_id=tax_id, on=since)
    if method:
        pay_by(session, customer, method, on=since)
    return customer


def live_at(
    session: Session,
    customer: Customer,
    country: str = "IE",
    *,
    region: str = "Dublin",
    tax_id: str | None = None,
    on: date = START,
) -> None:
    """Record a billing address in `country`."""
    slug = customer.organization.slug
    billing_profiles.change(
        session,
        customer.group,
        at=midnight(on),
        company=slug.title(),
        line1="1 Main Street",
        city="Town",
        region=region,
        postal_code="10119",
        country=country,
        tax_id=tax_id,
        billing_contact=f"ap@{slug}.example",
    )


def pay_by(session: Session, customer: Customer, token: str, *, on: date) -> None:
    """Put a sandbox method on file."""
    method = sandbox.TEST_METHODS[token]
    payment_methods.put_on_file(
        session, customer.group, kind=method.kind, label=method.label, gateway="sandbox", token=token, at=midnight(on)
    )


def take_away_method(session: Session, customer: Customer, *, on: date) -> None:
    """Leave the customer without a payment method."""
    payment_methods.remove(session, customer.group, at=midnight(on))


def use(
    session: Session,
    customer: Customer,
    on: date,
    amount: str,
    *,
    price: str = "1",
    posted_on: date | None = None,
    sku: str = "M30",
    service: str = "Clusters",
    provider: str | None = "AWS",
    project: Project | None = None,
) -> None:
    """Use `amount` units at `price`, so `amount` dollars by default."""
    row = NewUsage(
        organization_id=customer.organization.id,
        project_id=(project or customer.project).id,
        service=service,
        sku=sku,
        provider=provider,
        used_on=on,
        posted_on=posted_on or on,
        quantity_nano=rating.nano(Decimal(amount)),
        unit="hour",
        unit_price_pico=rating.pico(Decimal(price)),
        external_id=f"test-{next(_ids)}",
    )
    usage.post(session, [row])


def go_elastic(
    session: Session,
    customer: Customer,
    on: date,
    *,
    price: str = "1",
    currency: str = "USD",
    months: int | None = None,
    starts_on: date | None = None,
) -> Subscription:
    """Activate an elastic subscription on `on`."""
    terms = Terms(
        type=SubscriptionType.ELASTIC,
        starts_on=starts_on or on,
        months=months,
        currency=currency,
        elastic_unit_price=Decimal(price),
    )
    return subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(on))


def close(session: Session, customer: Customer, month: str, *, on: date | None = None) -> Sequence[Invoice]:
    """Close `month` on the first day after it, or on `on`."""
    period = Month.parse(month)
    return closing.close_month(session, customer.organization, period, at=midnight(on or period.ends_before))


def charge_due(session: Session, customer: Customer, on: date) -> None:
    """Make every charge that is due on `on`, as the job does, in the test's own transaction."""
    gateway = sandbox.SandboxGateway()
    for payment in collecting.due_for_charge(session, on, organization_id=customer.organization.id):
        charge = collecting.begin_charge(session, payment, at=midnight(on))
        if charge:
            answer = gateway.charge(collecting.request_of(session, charge))
            collecting.record_answer(session, charge, answer, at=midnight(on))


def payments(session: Session, customer: Customer) -> Sequence[Payment]:
    """All payments of the customer, in the order in which they arose."""
    return session.scalars(
        select(Payment).where(Payment.organization_id == customer.organization.id).order_by(Payment.id)
    ).all()
