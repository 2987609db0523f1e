"""Invoices: their statuses, when a payment falls due, and how days' amounts and summaries follow from the lines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from portal.domain.drawing import Portion
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.rating import Line, LineKind

K = TypeVar("K", bound=Hashable)


class InvoiceStatus(StrEnum):
    """Statuses of a cloud invoice by their API names (7.7). A pending invoice is not a row: it is computed."""

    PENDING = "PENDING"
    CLOSED = "CLOSED"
    PAID = "PAID"
    PREPAID = "PREPAID"
    INVOICED = "INVOICED"
    FREE = "FREE"
    FORGIVEN = "FORGIVEN"
    FAILED = "FAILED"


class PaymentStatus(StrEnum):
    """Statuses of a payment by their API names (7.8)."""

    NEW = "NEW"
    PAID = "PAID"
    PARTIAL_PAID = "PARTIAL_PAID"
    INVOICED = "INVOICED"
    FAILED = "FAILED"
    FAILED_AUTHENTICATION = "FAILED_AUTHENTICATION"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    FORGIVEN = "FORGIVEN"


INVOICE_LABELS = {
    InvoiceStatus.PENDING: "Pending",
    InvoiceStatus.CLOSED: "Closed",
    InvoiceStatus.PAID: "Successful",
    InvoiceStatus.PREPAID: "Prepaid",
    InvoiceStatus.INVOICED: "Invoiced",
    InvoiceStatus.FREE: "N/A",
    InvoiceStatus.FORGIVEN: "Forgiven",
    InvoiceStatus.FAILED: "Failed",
}
"""What people read for a status (7.7)."""

PAYMENT_LABELS = {
    PaymentStatus.NEW: "New",
    PaymentStatus.PAID: "Successful",
    PaymentStatus.PARTIAL_PAID: "Partial paid",
    PaymentStatus.INVOICED: "Invoiced",
    PaymentStatus.FAILED: "Failed",
    PaymentStatus.FAILED_AUTHENTICATION: "Failed due to authentication",
    PaymentStatus.ERROR: "Error",
    PaymentStatus.CANCELLED: "Cancelled",
    PaymentStatus.FORGIVEN: "Forgiven",
}
"""What people read for a status (7.8)."""

CHARGED = frozenset({Method.CARD, Method.PAYPAL})
"""Methods whose money is taken by us through a gateway."""

DUE_AT_CLOSE = CHARGED | {Method.UNPAID}
"""Methods without payment terms: they are due when the month is closed (10)."""

FAILED = frozenset({PaymentStatus.FAILED, PaymentStatus.FAILED_AUTHENTICATION, PaymentStatus.ERROR})
"""Statuses of a payment whose money was to be taken and was not."""

PREPAID = frozenset({Method.PREPAID, Method.PROMOTIONAL})

_SHOWN_FIRST = (
    InvoiceStatus.FAILED,
    InvoiceStatus.CLOSED,
    InvoiceStatus.INVOICED,
    InvoiceStatus.PAID,
    InvoiceStatus.PREPAID,
    InvoiceStatus.FORGIVEN,
)
_AS_INVOICE = {
    PaymentStatus.NEW: InvoiceStatus.CLOSED,
    PaymentStatus.INVOICED: InvoiceStatus.INVOICED,
    PaymentStatus.PARTIAL_PAID: InvoiceStatus.INVOICED,
    PaymentStatus.PAID: InvoiceStatus.PAID,
    PaymentStatus.FAILED: InvoiceStatus.FAILED,
    PaymentStatus.FAILED_AUTHENTICATION: InvoiceStatus.FAILED,
    PaymentStatus.ERROR: InvoiceStatus.FAILED,
    PaymentStatus.FORGIVEN: InvoiceStatus.FORGIVEN,
}


def first_status(method: Method) -> PaymentStatus:
    """The status of a payment at the close of its month."""
    if method in DUE_AT_CLOSE:
        return PaymentStatus.NEW
    return PaymentStatus.PAID if method in PREPAID else PaymentStatus.INVOICED


def invoice_status(payments: Iterable[tuple[Method, PaymentStatus]]) -> InvoiceStatus:
    """The first of FAILED, CLOSED, INVOICED, PAID, PREPAID, FREE that any payment has (7.7)."""
    present = {
        InvoiceStatus.PREPAID if method in PREPAID and status is PaymentStatus.PAID else _AS_INVOICE.get(status)
        for method, status in payments
    }
    return next((status for status in _SHOWN_FIRST if status in present), InvoiceStatus.FREE)


def due_after(status: PaymentStatus, *, total_minor: int, received_minor: int) -> int:
    """What is still to be paid, in minor units: the total less what was received; nothing of what was given up."""
    return 0 if status in (PaymentStatus.CANCELLED, PaymentStatus.FORGIVEN) else total_minor - received_minor


def due_on(method: Method, issued_on: date, *, terms_days: int) -> date:
    """The day by which a payment is due: at once for cards, PayPal and unpaid, after the payment terms for others."""
    return issued_on if method in DUE_AT_CLOSE else issued_on + timedelta(days=terms_days)


def owed(lines: Iterable[Line], organization_id: int | None = None) -> dict[Portion, Money]:
    """What the lines come to by portion, in US dollars; those of an organization where one pays for several."""
    amounts = summary(lines, key=_portion_key)
    return {Portion(*key, organization_id): amount for key, amount in amounts.items()}


def summary(lines: Iterable[Line], *, key: Callable[[Line], K]) -> dict[K, Money]:
    """The lines' amounts added up by `key`, in the order in which the keys first appear."""
    sums: dict[K, int] = {}
    for line in lines:
        name = key(line)
        sums[name] = sums.get(name, 0) + line.amount_cents
    return {name: Money(cents, USD) for name, cents in sums.items()}


def _portion_key(line: Line) -> tuple[date, LineKind, str | None]:
    """What the line is settled with: the usage of its day, or its day's support charges of one provider (2.4)."""
    return line.posted_on, line.kind, line.provider if line.kind is LineKind.SUPPORT else None
