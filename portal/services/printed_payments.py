"""How a payment is printed: its line and its way to the amount on a tax invoice, its row on a cloud invoice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from invoices import document
from portal.domain import explanations
from portal.domain.catalogue import Catalogue
from portal.domain.invoicing import CHARGED, PAYMENT_LABELS
from portal.domain.methods import Method
from portal.models.billing_groups import PaymentMethod
from portal.models.documents import TaxInvoice
from portal.models.invoices import Invoice
from portal.models.payments import Payment


@dataclass(frozen=True, slots=True)
class Settled:
    """A payment with what is printed beside its row: the taxes on it, and its tax invoice where it has one.

    `linked_cents` is what linked organizations used of it.
    """

    payment: Payment
    taxes: tuple[document.Tax, ...]
    tax_invoice: TaxInvoice | None
    linked_cents: int = 0


@dataclass(frozen=True, slots=True)
class SharedPayment:
    """What stands of a payment on the invoice of an organization that another one, the payer, pays for; in US cents."""

    payment: Payment
    payer: str
    usage_cents: int
    billed_cents: int


def printed_tax(name: str, rate: Decimal, *, base_minor: int, amount_minor: int) -> document.Tax:
    """A tax as it is printed; the amounts in minor units."""
    return document.Tax(name=name, rate=_agreed(rate), base_minor=base_minor, amount_minor=amount_minor)


def line(payment: Payment, catalogue: Catalogue, invoice: Invoice | None) -> document.TaxInvoiceLine:
    """The one line of its tax invoice; a prepayment is of no month."""
    label = catalogue.payment_labels[payment.method]
    return document.TaxInvoiceLine(
        description=f"{label}, {invoice.period_on:%B %Y}" if invoice else f"{label}, paid in advance",
        why=explanations.sentence(payment.method, payment.explain),
        billed_usage_cents=payment.billed_cents,
        unit_price=_agreed(payment.unit_price),
        net_minor=payment.net_minor,
    )


def reconciliation(settled: Settled, invoice: Invoice) -> document.Reconciliation:
    """What leads from the usage on the cloud invoice to the net."""
    payment = settled.payment
    return document.Reconciliation(
        cloud_invoice_number=invoice.number,
        usage_cents=invoice.usage_cents,
        steps=_steps(settled, invoice),
        billed_usage_cents=payment.billed_cents,
        unit_price=_agreed(payment.unit_price),
        net_minor=payment.net_minor,
    )


def payment_row(settled: Settled, catalogue: Catalogue) -> document.CloudPayment:
    """The row of one of the invoice's own payments."""
    payment = settled.payment
    return document.CloudPayment(
        method_label=catalogue.payment_labels[payment.method],
        issued_on=payment.created_at.date(),
        status_label=PAYMENT_LABELS[payment.status],
        tax_invoice_number=settled.tax_invoice.number if settled.tax_invoice else None,
        usage_cents=payment.usage_cents,
        billed_cents=payment.billed_cents,
        unit_price=_agreed(payment.unit_price),
        currency=payment.currency,
        net_minor=payment.net_minor,
        taxes=settled.taxes,
        total_minor=payment.total_minor,
        due_minor=payment.total_minor,
        due_on=payment.due_on,
        why=explanations.sentence(payment.method, payment.explain),
    )


def _steps(settled: Settled, invoice: Invoice) -> tuple[document.Step, ...]:
    payment = settled.payment
    steps = explanations.steps(
        payment.method,
        payment.explain,
        linked_cents=settled.linked_cents,
        support_cents=invoice.support_cents,
        elsewhere_cents=invoice.subtotal_cents + settled.linked_cents - payment.usage_cents,
    )
    return tuple(document.Step(label=label, cents=cents) for label, cents in steps)


def share_row(shared: SharedPayment, catalogue: Catalogue) -> document.CloudPayment:
    """A row that asks nobody for money: whoever pays has it on their own invoice."""
    payment = shared.payment
    return document.CloudPayment(
        method_label=f"{catalogue.payment_labels[payment.method]}, paid by {shared.payer}",
        issued_on=payment.created_at.date(),
        status_label=PAYMENT_LABELS[payment.status],
        tax_invoice_number=None,
        usage_cents=shared.usage_cents,
        billed_cents=shared.billed_cents,
        unit_price=_agreed(payment.unit_price),
        currency=payment.currency,
        net_minor=0,
        taxes=(),
        total_minor=0,
        due_minor=0,
        due_on=None,
        why=explanations.shared(shared.payer),
    )


def instruction(payment: Payment, method: PaymentMethod | None) -> document.PaymentInstruction:
    """How the amount due is paid."""
    if payment.method in CHARGED:
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
