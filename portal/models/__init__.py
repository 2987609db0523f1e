"""All tables; importing the package registers them."""

from portal.models import (
    billing_groups,
    documents,
    history,
    invoices,
    organizations,
    outbox,
    payments,
    subscriptions,
    usage,
)
from portal.models.base import Base

__all__ = [
    "Base",
    "billing_groups",
    "documents",
    "history",
    "invoices",
    "organizations",
    "outbox",
    "payments",
    "subscriptions",
    "usage",
]
