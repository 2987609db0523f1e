"""What stands where on a page, decided from a document, so that templates only draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from invoices.document import (
    CloudInvoice,
    CloudPayment,
    PaymentKind,
    Reconciliation,
    Summary,
    TaxInvoice,
    UsageGroup,
    UsageLine,
)
from invoices.wording import MINUS, amount, figure, long_day, money, percent, short_day, span, tax_label, used_on

COLUMNS = 6  # of the page's grid
_HEAD_LENGTH = 70  # characters of a project's name that the page's head has room for


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label over a value, over `columns` columns of the grid."""

    label: str
    value: str
    columns: int = 1
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An amount that a cloud invoice's reader may look for: what is due, on which tax invoice, until when."""

    label: str
    amount: str
    note: str


def tax_facts(invoice: TaxInvoice) -> list[list[Fact]]:
    """The facts under the parties of a tax invoice, in rows of the grid."""
    terms = "due at once" if invoice.terms_days == 0 else f"{invoice.terms_days} days net"
    facts = (
        ("Issued", short_day(invoice.issued_on)),
        ("Period", span(invoice.period) if invoice.period else None),
        ("Your order", invoice.purchase_order),
        ("Order form", invoice.order_form),
        ("Cloud invoice", invoice.cloud_invoice_number),
        ("Terms", terms if invoice.terms_days is not None else None),
        ("Due date", short_day(invoice.due_on) if is_settled(invoice) else None),
    )
    return _rows([Fact(label=label, value=value) for label, value in facts if value])


def cloud_facts(invoice: CloudInvoice) -> list[list[Fact]]:
    """The facts under the parties of a cloud invoice, in rows of the grid."""
    facts = (
        ("Closed", short_day(invoice.closed_on)),
        ("Period", span(invoice.period)),
        ("Status", invoice.status_label),
        ("Credits used", money(invoice.credits_cents) if invoice.credits_cents else None),
        ("Unit price", _unit_prices(invoice)),
        ("Your order", invoice.purchase_order),
        ("Order form", invoice.order_form),
    )
    organization = Fact(label="Organization", value=invoice.organization_id, columns=2)
    return _rows([*(Fact(label=label, value=value) for label, value in facts if value), organization])


def billed_label(invoice: TaxInvoice) -> str:
    """What the lines bill: usage of the period, or credits where there is none because they are paid in advance."""
    return "Billed usage, USD" if invoice.period else "Credits, USD"


def tax_rows(invoice: TaxInvoice) -> list[Fact]:
    """One row a tax; a row of nothing where a note has to say why there is none."""
    rows = [
        Fact(label=tax_label(tax, invoice.currency), value=amount(tax.amount_minor, invoice.currency))
        for tax in invoice.taxes
    ]
    return rows or ([Fact(label="Tax", value=amount(0, invoice.currency))] if invoice.tax_note else [])


def net_label(path: Reconciliation) -> str:
    """The last step from usage to net: `Net: USD 1,400.00 × 0.915 =`."""
    return f"Net: {money(path.billed_usage_cents)} × {figure(path.unit_price)} ="


def is_settled(invoice: TaxInvoice) -> bool:
    """Whether something was to be paid and nothing is due any more."""
    return invoice.total_minor > 0 and invoice.due_minor <= 0


def shows_account(invoice: TaxInvoice) -> bool:
    """Whether the band names the account, because the amount is, or may be, paid into it."""
    owed = invoice.payment_instruction.kind is not PaymentKind.CHARGE and invoice.due_minor > 0
    return invoice.bank is not None and owed


def tells_how(invoice: TaxInvoice) -> bool:
    """Whether the band says in words how it is paid; a plain transfer says it by its account alone."""
    return invoice.payment_instruction.kind is not PaymentKind.TRANSFER or not shows_account(invoice)


def chain(payment: CloudPayment) -> list[list[Fact]]:
    """The steps from a payment's usage to its total; the operator opens each label, and each row fills the grid."""
    steps = [Fact(label="Usage, USD", value=amount(payment.usage_cents))]
    for label, cents in _adjustments(payment):
        operator = MINUS if cents < 0 else "+"
        steps.append(Fact(label=f"{operator} {label}", value=amount(abs(cents))))
    steps.append(Fact(label="= Billed usage, USD", value=amount(payment.billed_cents)))
    net = amount(payment.net_minor, payment.currency)
    steps.append(Fact(label=f"× {figure(payment.unit_price)} = Net, {payment.currency}", value=net))
    steps.extend(
        Fact(label=f"+ {tax.name} {percent(tax.rate)}", value=amount(tax.amount_minor, payment.currency))
        for tax in payment.taxes
    )
    total = amount(payment.total_minor, payment.currency)
    return _rows([*steps, Fact(label=f"= Total, {payment.currency}", value=total, strong=True)])


def bears_money(payment: CloudPayment) -> bool:
    """Whether a payment has an amount of its own, not settled by credits or a marketplace."""
    return payment.tax_invoice_number is not None or payment.total_minor != 0


def dues(invoice: CloudInvoice) -> list[Due]:
    """What is due for the month, one entry a payment that is still open; one entry of nothing when none is."""
    is_open = [payment for payment in invoice.payments if payment.due_minor]
    if not is_open:
        return [Due(label="Amount due", amount=money(0), note="Nothing is to be paid for this period.")]
    return [
        Due(
            label=f"Amount due, on tax invoice {payment.tax_invoice_number}"
            if payment.tax_invoice_number
            else "Amount due",
            amount=money(payment.due_minor, payment.currency),
            note=f"By {long_day(payment.due_on)}." if payment.due_on else f"{payment.method_label}.",
        )
        for payment in is_open
    ]


def what_was_used(invoice: CloudInvoice) -> str:
    """What stands below the total: what it is made of, what credits cover of it, and that nobody pays on it."""
    parts = f": usage {amount(invoice.usage_cents)}, support {amount(invoice.support_cents)}"
    covered = f" Credits cover {amount(invoice.credits_cents)} of it." if invoice.credits_cents else ""
    return (
        f"What was used, at list price{parts if invoice.support_cents else ''}.{covered} This page asks for no payment."
    )


def payment_state(payment: CloudPayment) -> str:
    """When a payment was issued, how it stands, and its tax invoice."""
    return ", ".join(
        part for part in (short_day(payment.issued_on), payment.status_label, payment.tax_invoice_number) if part
    )


def group_name(group: UsageGroup) -> str:
    """The project with its provider."""
    return f"{group.project}, {group.provider_label}" if group.provider_label else group.project


def usage_item(line: UsageLine) -> str:
    """Service and item, once where both are the same; the billing date where it is not the day of use."""
    names = dict.fromkeys((line.service, line.item))
    return ", ".join((*names, *([f"billed {used_on(line.billed_on)}"] if line.billed_on else [])))


def usage_product(line: UsageLine) -> str:
    """Quantity, unit and unit price as the product they are."""
    return f"{figure(line.quantity)} {line.unit} × {figure(line.unit_price)}"


def project_rows(invoice: CloudInvoice) -> list[Summary]:
    """The summary by project; support stands below as a row of its own, so that both summaries end in one total."""
    support = Summary(name="Support, not part of a project", cents=invoice.support_cents)
    return [*invoice.by_project, *([support] if support.cents else [])]


def one_currency(payments: Sequence[CloudPayment]) -> str | None:
    """The currency of all payments, to be said once in the head; None where they differ."""
    currencies = {payment.currency for payment in payments}
    return currencies.pop() if len(currencies) == 1 else None


def running_name(project: str) -> str:
    """A project's name as the page's head has room for it; in full it stands in the table."""
    return project if len(project) <= _HEAD_LENGTH else f"{project[:_HEAD_LENGTH].rstrip()}…"


def _adjustments(payment: CloudPayment) -> list[tuple[str, int]]:
    if payment.steps:
        return [(step.label, step.cents) for step in payment.steps]
    difference = payment.billed_cents - payment.usage_cents
    if not difference:
        return []
    return [("Beyond usage" if difference > 0 else "Covered otherwise", difference)]


def _unit_prices(invoice: CloudInvoice) -> str | None:
    """What one US dollar costs in the currencies that are paid in, where that is anything else than one US dollar."""
    prices = {
        f"{payment.currency} {figure(payment.unit_price)}": None
        for payment in invoice.payments
        if bears_money(payment) and (payment.currency, payment.unit_price) != ("USD", "1")
    }
    return ", ".join(prices) or None


def _rows(facts: list[Fact]) -> list[list[Fact]]:
    rows: list[list[Fact]] = [[]]
    for fact in facts:
        if sum(placed.columns for placed in rows[-1]) + fact.columns > COLUMNS:
            rows.append([])
        rows[-1].append(fact)
    return rows
