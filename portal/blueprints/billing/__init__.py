"""Billing: overview, invoices and their downloads."""

from portal.blueprints.billing import downloads  # noqa: F401 - adds its routes
from portal.blueprints.billing.routes import bp

__all__ = ["bp"]
