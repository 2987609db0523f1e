"""How statuses, payment methods and providers read on billing pages: filters for templates."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.invoicing import INVOICE_LABELS, PAYMENT_LABELS, InvoiceStatus, PaymentStatus
from portal.domain.methods import Method
from portal.services.rendering import PROVIDER_LABELS
from portal.web.access import current_catalogue

# Text, tone and icon: the arguments of the macro `badge`.
Badge = tuple[str, str, str]

_INVOICE_LOOKS: Mapping[InvoiceStatus, tuple[str, str]] = {
    InvoiceStatus.PENDING: ("", "circle-dashed"),
    InvoiceStatus.CLOSED: ("info", "lock"),
    InvoiceStatus.PAID: ("ok", "circle-check"),
    InvoiceStatus.PREPAID: ("ok", "layers"),
    InvoiceStatus.INVOICED: ("info", "send"),
    InvoiceStatus.FREE: ("", "circle-minus"),
    InvoiceStatus.FORGIVEN: ("", "circle-minus"),
    InvoiceStatus.FAILED: ("bad", "circle-x"),
}
_PAYMENT_LOOKS: Mapping[PaymentStatus, tuple[str, str]] = {
    PaymentStatus.NEW: ("info", "plus"),
    PaymentStatus.PAID: ("ok", "circle-check"),
    PaymentStatus.PARTIAL_PAID: ("warn", "circle-minus"),
    PaymentStatus.INVOICED: ("info", "send"),
    PaymentStatus.FAILED: ("bad", "circle-x"),
    PaymentStatus.FAILED_AUTHENTICATION: ("bad", "circle-x"),
    PaymentStatus.ERROR: ("bad", "circle-x"),
    PaymentStatus.CANCELLED: ("", "x"),
    PaymentStatus.FORGIVEN: ("", "circle-minus"),
}


def invoice_badge(status: InvoiceStatus) -> Badge:
    """An invoice's status as a badge (7.7)."""
    return (INVOICE_LABELS[status], *_INVOICE_LOOKS[status])


def payment_badge(status: PaymentStatus | None) -> Badge:
    """A payment's status as a badge (7.8); one of the running month has none yet."""
    if status is None:
        return invoice_badge(InvoiceStatus.PENDING)
    return (PAYMENT_LABELS[status], *_PAYMENT_LOOKS[status])


def method_label(method: Method) -> str:
    """What this organization's catalogue calls a payment method."""
    return current_catalogue().payment_labels[method]


def provider_label(provider: str | None) -> str:
    """A cloud provider's name, or the catalogue's words for usage that belongs to none (7.3)."""
    return PROVIDER_LABELS.get(provider, provider) if provider else current_catalogue().words.other_usage


FILTERS = (invoice_badge, payment_badge, method_label, provider_label)
