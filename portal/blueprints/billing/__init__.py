"""Billing: overview, invoices and their downloads, billing profile, taxes."""

from portal.blueprints.billing import contact_change, downloads, profile, taxes  # noqa: F401 - they add their routes
from portal.blueprints.billing.routes import bp

__all__ = ["bp"]
