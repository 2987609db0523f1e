"""The events of an organization's activity feed: type names and labels (atlas 12)."""

from __future__ import annotations

from enum import Enum


class Event(Enum):
    """An event's type name and what the feed shows. Names without a documented type are ours."""

    INVOICE_CLOSED = "Invoice closed"
    INVOICE_ADDRESS_ADDED = "Invoice address added"
    INVOICE_ADDRESS_CHANGED = "Invoice address changed"
    TAX_ID_CHANGED = "Tax id changed"
    PREPAID_PLAN_ACTIVATED = "Prepaid plan added"
    ACTIVE_INVOICING_PERIOD_INITIATED = "Active Invoicing Period initiated"
    ACTIVE_INVOICING_PERIOD_STOPPED = "Active Invoicing Period stopped"
    ORG_CREDIT_CARD_ADDED = "Credit card was added"
    ORG_CREDIT_CARD_UPDATED = "Credit card information was updated"
    PAYPAL_ACCOUNT_LINKED = "PayPal account is linked"
    PAYMENT_METHOD_REMOVED = "Payment method was removed"
    CHARGE_SUCCEEDED = "Credit card was successfully charged"
    CHARGE_FAILED = "Credit card charge has failed"
    PAYPAL_CHARGE_SUCCEEDED = "PayPal account was successfully charged"
    PAYPAL_CHARGE_FAILED = "PayPal charge has failed"
    WIRE_TRANSFER_PAYMENT_RECEIVED = "Invoice has been paid by wire transfer"
    PAYMENT_CANCELLED = "Payment cancelled; its usage is billed by the subscription"
    ORG_SUSPENDED = "Organization suspended due to unpaid charges over 30 days"
    ORG_LOCKED = "Organization locked due to unpaid charges over 60 days"
    ORG_ACTIVATED = "Organization has been reactivated"
