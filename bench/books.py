"""Fills a database with the books of one customer that has very many invoices, and with somebody who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, select

from bench.customers import CREATED_AT, MONTH, Crowd, analyze, fill, write
from portal import catalogues
from portal.database import writing
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.methods import Method
from portal.domain.permissions import StaffRole
from portal.models.billing_groups import BillingGroup
from portal.models.invoices import Invoice
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import closing, organizations, people

PASSWORD = "demo-portal-2026"
PERSON, STAFF = "owner@customer-1.example", "agent@portal.example"
SLUG = "customer-1"
_FIRST_ID = 1_000_000
_LINES = 200


def keep_books(engine: Engine, *, rows: int, lines: int = _LINES) -> str:
    """So many invoices of `SLUG`, and organizations beside it; returns the number of an invoice of so many lines."""
    fill(engine, Crowd(organizations=1, rows_each=lines, rows_a_line=1))
    fill(engine, Crowd(organizations=min(rows, 10_000) - 1, rows_each=0, rows_a_line=1))
    with writing(engine)() as session:
        write(session, BillingGroup, _groups(rows))
        write(session, Invoice, _invoices(rows))
        write(session, Payment, _payments(rows))
        organization = session.scalars(select(Organization).where(Organization.slug == SLUG)).one()
        closed_at = CREATED_AT.replace(month=MONTH.following().month)
        (invoice,) = (one for one in closing.close_month(session, organization, MONTH, at=closed_at) if one.usage_cents)
        hashed = people.hash_password(PASSWORD)
        person = people.create_user(session, PERSON, name="Ann Owner", password_hash=hashed, at=CREATED_AT)
        roles = catalogues.load(organization.catalogue).roles
        organizations.add_member(
            session, organization, person, roles=roles, at=CREATED_AT, organization_roles=["ORG_OWNER"]
        )
        agent = people.create_user(session, STAFF, name="Max Agent", password_hash=hashed, at=CREATED_AT)
        people.grant_staff_role(session, agent, StaffRole.SUPPORT)
        session.commit()
        number = invoice.number
    analyze(engine)
    return number


def _groups(rows: int) -> Iterator[dict[str, Any]]:
    """A billing group for each hundred invoices, one for each month."""
    for index in range(-(-rows // 100)):
        yield {
            "id": _FIRST_ID + index,
            "organization_id": 1,
            "name": f"Department {index}",
            "created_at": CREATED_AT,
        }


def _invoices(rows: int) -> Iterator[dict[str, Any]]:
    statuses = (InvoiceStatus.PAID, InvoiceStatus.INVOICED, InvoiceStatus.CLOSED, InvoiceStatus.FREE)
    for index in range(rows):
        months = index % 100
        yield {
            "id": _FIRST_ID + index,
            "hex_id": f"{_FIRST_ID + index:024x}",
            "organization_id": 1,
            "billing_group_id": _FIRST_ID + index // 100,
            "period_on": date(2017 + months // 12, months % 12 + 1, 1),
            "number": f"OLD-{index:06d}",
            "status": statuses[index % len(statuses)],
            "usage_cents": index * 7919 % 1_000_000,
            "support_cents": 0,
            "credits_cents": 0,
            "closed_at": CREATED_AT,
        }


def _payments(rows: int) -> Iterator[dict[str, Any]]:
    for index in range(rows):
        yield {
            "id": _FIRST_ID + index,
            "hex_id": f"{_FIRST_ID + index:024x}",
            "organization_id": 1,
            "billing_group_id": _FIRST_ID + index // 100,
            "invoice_id": _FIRST_ID + index,
            "position": 1,
            "method": Method.CARD,
            "status": PaymentStatus.PAID,
            "usage_cents": 100,
            "billed_cents": 100,
            "unit_price": Decimal(1),
            "currency": "USD",
            "net_minor": 100,
            "tax_minor": 23,
            "total_minor": 123,
            "explain": {"usage": "1.00", "covered_elsewhere": "0.00", "charged": "1.00"},
            "created_at": CREATED_AT,
        }
