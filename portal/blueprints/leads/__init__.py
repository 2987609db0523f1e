"""Talk to sales: the customer's question, and what sales do about it."""

from portal.blueprints.leads.routes import bp
from portal.blueprints.leads.staff import staff_bp

__all__ = ["bp", "staff_bp"]
