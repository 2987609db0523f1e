"""All tables; importing the package registers them."""

from portal.models import (
    activation_codes,
    api_tokens,
    billing_groups,
    credit_rows,
    documents,
    history,
    idempotency,
    invitations,
    invoices,
    organizations,
    outbox,
    payments,
    projects,
    sessions,
    subscriptions,
    teams,
    usage,
)
from portal.models.base import Base

__all__ = [
    "Base",
    "activation_codes",
    "api_tokens",
    "billing_groups",
    "credit_rows",
    "documents",
    "history",
    "idempotency",
    "invitations",
    "invoices",
    "organizations",
    "outbox",
    "payments",
    "projects",
    "sessions",
    "subscriptions",
    "teams",
    "usage",
]
