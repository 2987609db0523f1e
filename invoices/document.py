"""Documents as typed facts: amounts in minor units, rates and prices as agreed, dates as dates; and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from invoices import codec
from invoices.errors import DocumentError
from invoices.order_form import OrderForm, Share
from invoices.parts import (
    Address,
    BankAccount,
    CloudPayment,
    Party,
    PaymentInstruction,
    PaymentKind,
    Period,
    Reconciliation,
    Seller,
    Step,
    Summary,
    Tax,
    TaxCategory,
    TaxInvoiceLine,
    UsageGroup,
    UsageLine,
    agree,
)

__all__ = [
    "Address",
    "BankAccount",
    "CloudInvoice",
    "CloudPayment",
    "Document",
    "DocumentError",
    "OrderForm",
    "Party",
    "PaymentInstruction",
    "PaymentKind",
    "Period",
    "Reconciliation",
    "Seller",
    "Share",
    "Step",
    "Summary",
    "Tax",
    "TaxCategory",
    "TaxInvoice",
    "TaxInvoiceLine",
    "UsageGroup",
    "UsageLine",
    "from_json",
    "to_json",
    "with_details",
]


def to_json(document: Document, *, with_details: bool = False) -> str:
    """The document as canonical JSON: sorted keys, the same text for equal documents.

    The usage details of a cloud invoice are kept elsewhere and left out, unless `with_details` asks for them.
    """
    fields = codec.fields_of(document)
    if isinstance(document, CloudInvoice) and not with_details:
        del fields["details"]
    return codec.dump({"kind": _KINDS[type(document)], **fields})


def from_json(text: str) -> Document:
    """The document that `to_json` wrote; `DocumentError` names the place of a missing, unknown or mistyped key."""
    fields = codec.load(text)
    kind = fields.pop("kind", None)
    if kind == _KINDS[CloudInvoice]:
        fields.setdefault("details", None)
        return codec.decode(CloudInvoice, fields)
    if kind == _KINDS[TaxInvoice]:
        return codec.decode(TaxInvoice, fields)
    if kind == _KINDS[OrderForm]:
        return codec.decode(OrderForm, fields)
    raise DocumentError("kind", f"one of {', '.join(sorted(_KINDS.values()))} is expected")


def with_details(document: CloudInvoice, groups: tuple[UsageGroup, ...]) -> CloudInvoice:
    """The cloud invoice with its usage details; they must add up to its subtotal."""
    return replace(document, details=groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInvoice:
    """The amount to pay for one payment; every `_minor` is in `currency`. `DocumentError` when it does not add up."""

    number: str
    issued_on: date
    period: Period | None
    due_on: date
    terms_days: int | None
    purchase_order: str | None
    order_form: str | None
    cloud_invoice_number: str | None
    seller: Seller
    buyer: Party
    bank: BankAccount | None
    currency: str
    lines: tuple[TaxInvoiceLine, ...]
    reconciliation: Reconciliation | None
    net_minor: int
    taxes: tuple[Tax, ...]
    tax_note: str | None
    tax_minor: int
    total_minor: int
    paid_minor: int
    due_minor: int
    payment_instruction: PaymentInstruction
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        net = sum(line.net_minor for line in self.lines)
        agree("net_minor", self.net_minor == net, "the lines add up to another sum")
        reconciled = self.reconciliation is None or self.reconciliation.net_minor == self.net_minor
        agree("reconciliation.net_minor", reconciled, "the invoice's net is another sum")
        tax = sum(tax.amount_minor for tax in self.taxes)
        agree("tax_minor", self.tax_minor == tax, "the taxes add up to another sum")
        agree("total_minor", self.total_minor == self.net_minor + self.tax_minor, "net and tax add up to another sum")
        agree("due_minor", self.due_minor == self.total_minor - self.paid_minor, "total less paid is another sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudInvoice:
    """What was used in a month, in USD cents, and how it was settled. `DocumentError` when it does not add up.

    `by_project` leaves support out, `by_service` has it; `details` is None until `with_details` adds them.
    """

    number: str
    closed_on: date
    period: Period
    status_label: str
    organization_id: str
    seller: Seller
    buyer: Party
    purchase_order: str | None
    order_form: str | None
    usage_cents: int
    support_cents: int
    credits_cents: int
    subtotal_cents: int
    payments: tuple[CloudPayment, ...]
    by_project: tuple[Summary, ...]
    by_service: tuple[Summary, ...]
    details: tuple[UsageGroup, ...] | None = None

    def __post_init__(self) -> None:
        agree(
            "subtotal_cents",
            self.subtotal_cents == self.usage_cents + self.support_cents,
            "usage and support add up to another sum",
        )
        projects = sum(row.cents for row in self.by_project)
        agree("by_project", projects == self.usage_cents, "the projects do not add up to usage_cents")
        services = sum(row.cents for row in self.by_service)
        agree("by_service", services == self.subtotal_cents, "the services do not add up to subtotal_cents")
        details = self.subtotal_cents if self.details is None else sum(group.subtotal_cents for group in self.details)
        agree("details", details == self.subtotal_cents, "the groups do not add up to subtotal_cents")


Document: TypeAlias = CloudInvoice | TaxInvoice | OrderForm
_KINDS: dict[type, str] = {CloudInvoice: "cloud_invoice", TaxInvoice: "tax_invoice", OrderForm: "order_form"}
