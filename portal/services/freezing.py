"""Freezes documents: copies every printed fact of an invoice or a payment into what is rendered from then on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invoices import document
from invoices.errors import UnprintableError
from invoices.fonts import refuse_unprintable, unprintable
from portal import catalogues
from portal.domain import explanations
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal
from portal.domain.invoicing import CHARGED, INVOICE_LABELS, PAYMENT_LABELS
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.rating import Line, LineKind
from portal.domain.settlement import Method
from portal.models.billing_groups import BillingProfile
from portal.models.documents import Document, DocumentKind, TaxInvoice, WaitingDocument
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.organizations import Organization
from portal.models.payments import Payment
from portal.services import parties, settling


def freeze_tax_invoice(session: Session, tax_invoice: TaxInvoice, payment: Payment, *, at: datetime) -> None:
    """Write the document of a tax invoice that has just got its number."""
    organization = session.get_one(Organization, payment.organization_id)
    catalogue = catalogues.load(organization.catalogue)
    invoice = session.get_one(Invoice, payment.invoice_id) if payment.invoice_id else None
    profile = session.get(BillingProfile, payment.billing_profile_id) if payment.billing_profile_id else None
    buyer = parties.buyer(organization, profile)
    if buyer is None or invoice is None:
        raise ValueError(f"payment {payment.id} bears money without a buyer")
    content = document.TaxInvoice(
        number=tax_invoice.number,
        issued_on=tax_invoice.issued_on,
        period=_period(invoice),
        due_on=tax_invoice.due_on,
        terms_days=(tax_invoice.due_on - tax_invoice.issued_on).days or None,
        purchase_order=profile.purchase_order if profile else None,
        order_form=None,
        cloud_invoice_number=invoice.number,
        seller=parties.seller(),
        buyer=buyer,
        bank=parties.bank_account(payment.currency),
        currency=payment.currency,
        lines=(_line(payment, catalogue, Month.of(invoice.period_on)),),
        reconciliation=_reconciliation(payment, invoice),
        net_minor=payment.net_minor,
        taxes=_taxes(payment),
        tax_note=payment.tax_note,
        tax_minor=payment.tax_minor,
        total_minor=payment.total_minor,
        paid_minor=0,
        due_minor=payment.total_minor,
        payment_instruction=_instruction(session, payment),
    )
    _keep(session, DocumentKind.TAX_INVOICE, content, payment.organization_id, payment.invoice_id, at)


def freeze_cloud_invoice(session: Session, invoice: Invoice, *, at: datetime) -> None:
    """Write the document of a cloud invoice that has just been closed, its usage details by reference to its lines."""
    organization = session.get_one(Organization, invoice.organization_id)
    catalogue = catalogues.load(organization.catalogue)
    profile = session.get(BillingProfile, invoice.billing_profile_id) if invoice.billing_profile_id else None
    content = document.CloudInvoice(
        number=invoice.number,
        closed_on=invoice.closed_at.date(),
        period=_period(invoice),
        status_label=INVOICE_LABELS[invoice.status],
        organization_id=organization.hex_id,
        seller=parties.seller(),
        buyer=parties.buyer(organization, profile) or parties.unaddressed(organization),
        purchase_order=profile.purchase_order if profile else None,
        order_form=None,
        usage_cents=invoice.usage_cents,
        support_cents=invoice.support_cents,
        credits_cents=invoice.credits_cents,
        subtotal_cents=invoice.subtotal_cents,
        payments=_payments(session, invoice, catalogue),
        by_project=by_project(session, invoice),
        by_service=by_service(session, invoice),
    )
    _keep(session, DocumentKind.CLOUD_INVOICE, content, invoice.organization_id, invoice.id, at)


def refuse_unprintable_lines(lines: Iterable[Line]) -> None:
    """Refuse lines with a text that no embedded font can print: their document could be issued, but never made."""
    texts = {text for line in lines for text in (line.project, line.service, line.sku, line.unit) if text}
    if missing := unprintable("".join(sorted(texts))):
        raise Refusal(f"The usage has characters that cannot be printed: {' '.join(missing)}")


def by_project(session: Session, invoice: Invoice) -> tuple[document.Summary, ...]:
    """The cost of each project in US cents, without subscription and support charges, the largest first (7.3)."""
    total = func.sum(InvoiceLine.amount_cents)
    rows = session.execute(
        select(InvoiceLine.project, total)
        .where(InvoiceLine.invoice_id == invoice.id, InvoiceLine.kind == LineKind.USAGE)
        .group_by(InvoiceLine.project_id, InvoiceLine.project)
        .order_by(total.desc(), InvoiceLine.project)
    )
    return tuple(document.Summary(name=str(name), cents=int(cents)) for name, cents in rows)


def by_service(session: Session, invoice: Invoice) -> tuple[document.Summary, ...]:
    """The cost of each service in US cents, support included, the largest first (7.3)."""
    total = func.sum(InvoiceLine.amount_cents)
    rows = session.execute(
        select(InvoiceLine.service, total)
        .where(InvoiceLine.invoice_id == invoice.id)
        .group_by(InvoiceLine.service)
        .order_by(total.desc(), InvoiceLine.service)
    )
    return tuple(document.Summary(name=str(name), cents=int(cents)) for name, cents in rows)


def _keep(
    session: Session,
    kind: DocumentKind,
    content: document.CloudInvoice | document.TaxInvoice,
    organization_id: int,
    invoice_id: int | None,
    at: datetime,
) -> None:
    try:
        refuse_unprintable(content)
    except UnprintableError as error:
        raise Refusal(str(error)) from None
    row = Document(
        organization_id=organization_id,
        kind=kind,
        number=content.number,
        invoice_id=invoice_id,
        content=document.to_json(content),
        issued_at=at,
    )
    session.add(row)
    session.flush()
    session.add(WaitingDocument(document_id=row.id))


def _period(invoice: Invoice) -> document.Period:
    month = Month.of(invoice.period_on)
    return document.Period(starts_on=month.first_on, ends_before=month.ends_before)


def _line(payment: Payment, catalogue: Catalogue, month: Month) -> document.TaxInvoiceLine:
    return document.TaxInvoiceLine(
        description=f"{catalogue.payment_labels[payment.method]}, {month.first_on:%B %Y}",
        why=explanations.sentence(payment.method, payment.explain),
        billed_usage_cents=payment.billed_cents,
        unit_price=_agreed(payment.unit_price),
        net_minor=payment.net_minor,
    )


def _reconciliation(payment: Payment, invoice: Invoice) -> document.Reconciliation:
    return document.Reconciliation(
        cloud_invoice_number=invoice.number,
        usage_cents=invoice.usage_cents,
        steps=_steps(payment.explain),
        billed_usage_cents=payment.billed_cents,
        unit_price=_agreed(payment.unit_price),
        net_minor=payment.net_minor,
    )


def _payments(session: Session, invoice: Invoice, catalogue: Catalogue) -> tuple[document.CloudPayment, ...]:
    rows: Sequence[tuple[Payment, str | None]] = session.execute(
        select(Payment, TaxInvoice.number)
        .outerjoin(TaxInvoice, TaxInvoice.payment_id == Payment.id)
        .where(Payment.invoice_id == invoice.id)
        .order_by(Payment.position)
    ).all()
    return tuple(
        document.CloudPayment(
            method_label=catalogue.payment_labels[payment.method],
            issued_on=payment.created_at.date(),
            status_label=PAYMENT_LABELS[payment.status],
            tax_invoice_number=number,
            usage_cents=payment.usage_cents,
            billed_cents=payment.billed_cents,
            unit_price=_agreed(payment.unit_price),
            currency=payment.currency,
            net_minor=payment.net_minor,
            taxes=_taxes(payment),
            total_minor=payment.total_minor,
            due_minor=payment.total_minor,
            due_on=payment.due_on,
            why=explanations.sentence(payment.method, payment.explain),
        )
        for payment, number in rows
    )


def _taxes(payment: Payment) -> tuple[document.Tax, ...]:
    return tuple(
        document.Tax(name=tax.name, rate=_agreed(tax.rate), base_minor=tax.base_minor, amount_minor=tax.amount_minor)
        for tax in payment.taxes
    )


def _steps(figures: Mapping[str, str]) -> tuple[document.Step, ...]:
    return tuple(
        document.Step(label=label, cents=Money.of(amount, USD).minor) for label, amount in explanations.steps(figures)
    )


def _instruction(session: Session, payment: Payment) -> document.PaymentInstruction:
    if payment.method in CHARGED:
        method = settling.payment_method(session, payment.billing_group_id)
        label = method.label if method else "The payment method on file"
        return document.PaymentInstruction(
            kind=document.PaymentKind.CHARGE, sentence=f"{label} is charged. Nothing has to be transferred."
        )
    if payment.method is Method.UNPAID:
        return document.PaymentInstruction(
            kind=document.PaymentKind.UNPAID,
            sentence="There is no payment method on file. Add one in the portal, or transfer the amount due.",
        )
    return document.PaymentInstruction(
        kind=document.PaymentKind.TRANSFER, sentence="Transfer the amount due and name the reference."
    )


def _agreed(number: Decimal) -> str:
    return format(number, "f")
