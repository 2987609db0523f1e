"""Issues the tax invoices of payments: a row, a number and a frozen document each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.invoicing import PaymentStatus
from portal.models.billing_groups import BillingGroup, BillingProfile
from portal.models.documents import Document, DocumentKind, TaxInvoice
from portal.models.invoices import Invoice
from portal.models.links import PaymentShare
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import bulk, freezing, numbers, order_forms, printed_payments, settling, tax_invoice_mail
from portal.services.billing_accounts import BillingAccount
from portal.services.freezing import References
from portal.services.printed_payments import Settled
from portal.services.tax_invoice_mail import IssuedTaxInvoice


@dataclass(frozen=True, slots=True)
class Bill:
    """A settled payment of an invoice (of none where credits are paid in advance), and whose it is."""

    account: BillingAccount
    invoice: Invoice | None
    settled: Settled


def issue(session: Session, bills: Sequence[Bill], *, at: datetime) -> Sequence[Bill]:
    """Issue the tax invoices of these payments, all of them with an amount, on the day of `at`.

    Returns the bills with their tax invoices. Their numbers are taken at once, in the order given.
    """
    if not bills:
        return ()
    entity = catalogues.load_seller().entity
    taken = numbers.take(
        session,
        DocumentKind.TAX_INVOICE,
        legal_entity=entity.key,
        prefix=entity.tax_invoice_prefix,
        year=at.year,
        count=len(bills),
    )
    tax_invoices = [_row(bill, number, at.date()) for bill, number in zip(bills, taken, strict=True)]
    bulk.add(session, tax_invoices)
    documents = _documents(session, bills, tax_invoices, at)
    freezing.keep(session, documents)
    tax_invoice_mail.post(
        session,
        [
            IssuedTaxInvoice(tax_invoice, bill.settled.payment, bill.account.organization, row.id)
            for bill, tax_invoice, row in zip(bills, tax_invoices, documents, strict=True)
        ],
        at=at,
    )
    return [
        replace(bill, settled=replace(bill.settled, tax_invoice=tax_invoice))
        for bill, tax_invoice in zip(bills, tax_invoices, strict=True)
    ]


def issue_tax_invoice(session: Session, payment: Payment, *, at: datetime) -> TaxInvoice | None:
    """Issue the payment's tax invoice on the day of `at`; none without an amount (AMB-9), none a second time."""
    if not payment.total_minor or tax_invoice_of(session, payment):
        return None
    (bill,) = issue(session, [_bill_of(session, payment)], at=at)
    session.flush()
    return bill.settled.tax_invoice


def issue_waiting(session: Session, *, at: datetime, organization_id: int) -> int:
    """Issue what waited for the end of the first 30 days of use (atlas 5); returns how many were issued."""
    payments = waiting(session, at.date(), organization_id=organization_id)
    for payment in payments:
        issue_tax_invoice(session, payment, at=at)
    return len(payments)


def waiting(session: Session, on: date, *, organization_id: int | None = None) -> Sequence[Payment]:
    """Payments whose wait is over on `on`, and which have no tax invoice yet."""
    query = (
        select(Payment)
        .outerjoin(TaxInvoice, TaxInvoice.payment_id == Payment.id)
        .where(
            Payment.status == PaymentStatus.NEW,
            Payment.collect_on <= on,
            Payment.total_minor > 0,
            TaxInvoice.id.is_(None),
        )
        .order_by(Payment.id)
    )
    if organization_id is not None:
        query = query.where(Payment.organization_id == organization_id)
    return session.scalars(query).all()


def tax_invoice_of(session: Session, payment: Payment) -> TaxInvoice | None:
    """The tax invoice of the payment, if it has been issued."""
    return session.scalar(select(TaxInvoice).where(TaxInvoice.payment_id == payment.id))


def _documents(
    session: Session, bills: Sequence[Bill], tax_invoices: Sequence[TaxInvoice], at: datetime
) -> Sequence[Document]:
    contracts = {bill.settled.payment.subscription_id for bill in bills}
    references = order_forms.references_of(session, [id_ for id_ in contracts if id_ is not None])
    return [
        freezing.freeze_tax_invoice(
            bill.account,
            bill.invoice,
            bill.settled,
            tax_invoice,
            references=references.get(bill.settled.payment.subscription_id or 0, References()),
            at=at,
        )
        for bill, tax_invoice in zip(bills, tax_invoices, strict=True)
    ]


def _row(bill: Bill, number: str, on: date) -> TaxInvoice:
    payment = bill.settled.payment
    return TaxInvoice(
        organization_id=payment.organization_id,
        payment_id=payment.id,
        number=number,
        period_on=bill.invoice.period_on if bill.invoice else None,
        issued_on=on,
        due_on=max(payment.due_on or on, on),
        currency=payment.currency,
        net_minor=payment.net_minor,
        tax_minor=payment.tax_minor,
        total_minor=payment.total_minor,
    )


def _bill_of(session: Session, payment: Payment) -> Bill:
    """A payment of earlier, by the billing profile of then, and the payment method that is asked now."""
    account = BillingAccount(
        organization=session.get_one(Organization, payment.organization_id),
        group=session.get_one(BillingGroup, payment.billing_group_id),
        profile=session.get_one(BillingProfile, payment.billing_profile_id),
        payment_method=settling.payment_method(session, payment.billing_group_id),
        payers=(),
    )
    invoice = session.get_one(Invoice, payment.invoice_id) if payment.invoice_id else None
    taxes = [
        printed_payments.printed_tax(tax.name, tax.rate, base_minor=tax.base_minor, amount_minor=tax.amount_minor)
        for tax in payment.taxes
    ]
    of_others = select(func.coalesce(func.sum(PaymentShare.usage_cents), 0)).where(
        PaymentShare.payment_id == payment.id, PaymentShare.organization_id != payment.organization_id
    )
    linked_cents = int(session.scalar(of_others) or 0)
    return Bill(account, invoice, Settled(payment, tuple(taxes), None, linked_cents))
