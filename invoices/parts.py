"""What both documents are made of: parties, taxes, steps, payment rows and usage lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from invoices.errors import DocumentError


def agree(place: str, holds: bool, otherwise: str) -> None:
    """`DocumentError` at `place`, saying `otherwise`, unless the condition holds."""
    if not holds:
        raise DocumentError(place, otherwise)


class PaymentKind(StrEnum):
    """How the amount due comes to the seller."""

    TRANSFER = "transfer"
    CHARGE = "charge"
    UNPAID = "unpaid"


class TaxCategory(StrEnum):
    """The tax category codes of EN 16931 (UNTDID 5305)."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days from `starts_on` to the one before `ends_before`."""

    starts_on: date
    ends_before: date

    def __post_init__(self) -> None:
        agree("ends_before", self.starts_on < self.ends_before, "a day after starts_on is expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country_code` is ISO 3166-1 alpha-2, `country_name` is printed."""

    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str | None = None
    country_code: str
    country_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A buyer as it is called in law; `tax_id_label` is what its country calls the tax id (VAT, GST, ABN).

    `address` is None for a customer who has given none and of whom nothing is asked.
    """

    name: str
    contact: str | None = None
    email: str | None = None
    address: Address | None
    tax_id: str | None = None
    tax_id_label: str | None = None
    company_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller(Party):
    """The seller: a party with the name on its letter head and the line that law demands at the foot of each page."""

    brand: str
    legal_line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """An account of the seller."""

    holder: str
    iban: str
    bic: str
    bank_name: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """One tax on `base_minor`; `rate` is per cent as agreed ("23", "9.975"), amounts in the document's currency."""

    name: str
    rate: str
    base_minor: int
    amount_minor: int
    category: TaxCategory = TaxCategory.STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step from usage to billed usage, in signed USD cents ("Covered by unused credits", -10000)."""

    label: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """From the cloud invoice's usage to this invoice's net: usage, steps, billed usage x unit price = net."""

    cloud_invoice_number: str
    usage_cents: int
    steps: tuple[Step, ...]
    billed_usage_cents: int
    unit_price: str
    net_minor: int

    def __post_init__(self) -> None:
        billed = self.usage_cents + sum(step.cents for step in self.steps)
        agree("billed_usage_cents", billed == self.billed_usage_cents, "usage and steps add up to another sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInvoiceLine:
    """What is billed: billed usage in USD cents at `unit_price` of the document's currency for one USD."""

    description: str
    why: str | None = None
    billed_usage_cents: int
    unit_price: str
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInstruction:
    """How it is paid; `sentence` says it in words ("Charged to Visa ending 4242 on 1 December 2026.")."""

    kind: PaymentKind
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudPayment:
    """One payment row: how a part of the usage was settled. `_cents` are USD, `_minor` are in `currency`."""

    method_label: str
    issued_on: date
    status_label: str
    tax_invoice_number: str | None
    usage_cents: int
    steps: tuple[Step, ...] = ()
    billed_cents: int
    unit_price: str
    currency: str
    net_minor: int
    taxes: tuple[Tax, ...]
    total_minor: int
    due_minor: int
    due_on: date | None
    why: str

    def __post_init__(self) -> None:
        tax = sum(tax.amount_minor for tax in self.taxes)
        agree("total_minor", self.total_minor == self.net_minor + tax, "net and taxes add up to another sum")
        billed = self.usage_cents + sum(step.cents for step in self.steps)
        agree("billed_cents", not self.steps or billed == self.billed_cents, "usage and steps add up to another sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One row of a summary: a project's or a service's share, in USD cents."""

    name: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One rated line; `billed_on` is None when it is the day of use. Quantity and price stand as they were rated."""

    usage_on: date
    billed_on: date | None = None
    service: str
    item: str
    quantity: str
    unit: str
    unit_price: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageGroup:
    """The usage details of one project at one provider, or support charges."""

    project: str
    provider_label: str | None = None
    subtotal_cents: int
    lines: tuple[UsageLine, ...]

    def __post_init__(self) -> None:
        amount = sum(line.amount_cents for line in self.lines)
        agree("subtotal_cents", self.subtotal_cents == amount, f"the lines of {self.project} add up to another sum")
