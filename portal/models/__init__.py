"""All tables; importing the package registers them."""

from portal.models import (
    api_tokens,
    billing_groups,
    documents,
    history,
    idempotency,
    invitations,
    invoices,
    organizations,
    outbox,
    payments,
    sessions,
    subscriptions,
    usage,
)
from portal.models.base import Base

__all__ = [
    "Base",
    "api_tokens",
    "billing_groups",
    "documents",
    "history",
    "idempotency",
    "invitations",
    "invoices",
    "organizations",
    "outbox",
    "payments",
    "sessions",
    "subscriptions",
    "usage",
]
