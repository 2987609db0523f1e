"""Says what a scenario came to: the JSON document that `flask simulate` prints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, or_, select
from sqlalchemy.orm import Session

from portal.domain import invoicing
from portal.domain.money import USD, decimal_text
from portal.domain.periods import Month
from portal.models.billing_groups import BillingGroup
from portal.models.documents import TaxInvoice
from portal.models.history import Activity
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.organizations import Organization, Project, User
from portal.models.payments import Payment, PaymentTax, Receipt
from portal.services import available_credits, delinquency, elastic, simulation_cases, support_standing
from portal.services.available_credits import AvailableCredit

Json = dict[str, Any]
# Made once: a run of many files asks them for each.
_OWN: BindParameter[int] = bindparam("organization")
_INVOICES = (
    select(Invoice, BillingGroup.name)
    .join(BillingGroup, BillingGroup.id == Invoice.billing_group_id)
    .where(Invoice.organization_id == _OWN)
    .order_by(Invoice.period_on, Invoice.id)
)
_LINES = (
    select(InvoiceLine.invoice_id, Project.name, InvoiceLine.service, func.sum(InvoiceLine.amount_cents))
    .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
    .outerjoin(Project, Project.id == InvoiceLine.project_id)
    .where(Invoice.organization_id == _OWN)
    .group_by(InvoiceLine.invoice_id, Project.name, InvoiceLine.service)
)
_PAYMENTS = (
    select(Payment, TaxInvoice.number)
    .outerjoin(TaxInvoice, TaxInvoice.payment_id == Payment.id)
    .where(Payment.organization_id == _OWN, Payment.invoice_id.is_not(None))
    .order_by(Payment.invoice_id, Payment.position)
)
_TAXES = (
    select(PaymentTax, Payment.currency)
    .join(Payment, Payment.id == PaymentTax.payment_id)
    .where(Payment.organization_id == _OWN)
    .order_by(PaymentTax.payment_id, PaymentTax.position)
)
_DUES = (
    select(Payment.id, Payment.status, Payment.total_minor, func.coalesce(func.sum(Receipt.amount_minor), 0))
    .outerjoin(Receipt, Receipt.payment_id == Payment.id)
    .where(Payment.organization_id == _OWN)
    .group_by(Payment.id)
)
_TAX_INVOICES = select(TaxInvoice).where(TaxInvoice.organization_id == _OWN).order_by(TaxInvoice.id)
# What people have done in the demo beside its scenario is none of the scenario's events.
_EVENTS = (
    select(Activity.happened_at, Activity.type, Activity.text)
    .outerjoin(User, User.id == Activity.user_id)
    .where(Activity.organization_id == _OWN, or_(User.id.is_(None), simulation_cases.is_stand_in(User.email)))
    .order_by(Activity.happened_at, Activity.id)
)


def answer(session: Session, organization: Organization, *, until: date) -> Json:
    """Everything of the organization as of the day `until`; amounts are decimal texts, days `YYYY-MM-DD`."""
    dues = _dues(session, organization)
    plan = support_standing.plan_of(session, organization, on=until).plan
    return {
        "invoices": _invoices(session, organization, dues),
        "tax_invoices": _tax_invoices(session, organization, dues),
        "credits": [_credit(row) for row in available_credits.rows_of(session, organization, on=until)],
        "orders": [],
        "cases": simulation_cases.answer(session, organization, until=until),
        "events": _events(session, organization),
        "organization": {
            "status": delinquency.standing(session, organization, until).value,
            "support_plan": plan.key if plan else None,
            "elastic_active": elastic.is_active(session, organization),
        },
    }


def _invoices(session: Session, organization: Organization, dues: Mapping[int, int]) -> list[Json]:
    lines, payments = _lines(session, organization), _payments(session, organization, dues)
    rows = session.execute(_INVOICES, {"organization": organization.id})
    return [
        {
            "period": str(Month.of(invoice.period_on)),
            "number": invoice.number,
            "billing_group": group,
            "status": invoice.status.value,
            "usage": decimal_text(invoice.usage_cents, USD),
            "subtotal": decimal_text(invoice.subtotal_cents, USD),
            "credits": decimal_text(invoice.credits_cents, USD),
            "lines": lines.get(invoice.id, []),
            "payments": payments.get(invoice.id, []),
        }
        for invoice, group in rows
    ]


def _lines(session: Session, organization: Organization) -> Mapping[int, Sequence[Json]]:
    """Usage and support charges added up by project and service, by invoice."""
    rows = session.execute(_LINES, {"organization": organization.id})
    lines: dict[int, list[Json]] = defaultdict(list)
    # Sorted here and not by the database, whose collations differ; what has no project comes last.
    for invoice_id, project, service, cents in sorted(rows, key=lambda row: (row[1] is None, row[1] or "", row[2])):
        lines[invoice_id].append({"project": project, "service": service, "amount": decimal_text(int(cents), USD)})
    return lines


def _payments(session: Session, organization: Organization, dues: Mapping[int, int]) -> Mapping[int, Sequence[Json]]:
    taxes = _taxes(session, organization)
    rows = session.execute(_PAYMENTS, {"organization": organization.id})
    payments: dict[int, list[Json]] = defaultdict(list)
    for payment, number in rows:
        payments[payment.invoice_id or 0].append(
            {
                "method": payment.method.value,
                "usage": decimal_text(payment.usage_cents, USD),
                "billed": decimal_text(payment.billed_cents, USD),
                "unit_price": format(payment.unit_price, "f"),
                "currency": payment.currency,
                "net": decimal_text(payment.net_minor, payment.currency),
                "taxes": taxes.get(payment.id, []),
                "total": decimal_text(payment.total_minor, payment.currency),
                "due": decimal_text(dues[payment.id], payment.currency),
                "status": payment.status.value,
                "tax_invoice": number,
                "explain": payment.explain,
            }
        )
    return payments


def _taxes(session: Session, organization: Organization) -> Mapping[int, Sequence[Json]]:
    taxes: dict[int, list[Json]] = defaultdict(list)
    rows = session.execute(_TAXES, {"organization": organization.id})
    for tax, currency in rows:
        amount = decimal_text(tax.amount_minor, currency)
        taxes[tax.payment_id].append({"name": tax.name, "rate": format(tax.rate, "f"), "amount": amount})
    return taxes


def _dues(session: Session, organization: Organization) -> Mapping[int, int]:
    """What is still to be paid of each payment, in minor units of its currency."""
    rows = session.execute(_DUES, {"organization": organization.id})
    return {
        key: invoicing.due_after(status, total_minor=total, received_minor=int(paid))
        for key, status, total, paid in rows
    }


def _tax_invoices(session: Session, organization: Organization, dues: Mapping[int, int]) -> list[Json]:
    issued = session.scalars(_TAX_INVOICES, {"organization": organization.id})
    return [
        {
            "number": one.number,
            "period": str(Month.of(one.period_on)) if one.period_on else None,
            **({} if one.period_on else {"for": "prepayment"}),
            "currency": one.currency,
            "net": decimal_text(one.net_minor, one.currency),
            "tax": decimal_text(one.tax_minor, one.currency),
            "total": decimal_text(one.total_minor, one.currency),
            "due": decimal_text(dues[one.payment_id], one.currency),
        }
        for one in issued
    ]


def _events(session: Session, organization: Organization) -> list[Json]:
    rows = session.execute(_EVENTS, {"organization": organization.id})
    return [{"on": at.date().isoformat(), "type": kind, "text": text} for at, kind, text in rows]


def _credit(row: AvailableCredit) -> Json:
    return {
        "kind": row.kind,
        "total": str(row.total),
        "used": str(row.used),
        "billed": str(row.billed),
        "remaining": str(row.remaining),
        "state": row.state.value,
        "starts": row.days.starts_on.isoformat(),
        "ends": row.days.last_on.isoformat() if row.days.last_on else None,
    }
