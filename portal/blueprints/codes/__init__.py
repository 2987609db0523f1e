"""Activation codes: staff sell a contract, a customer looks at what its code stands for and activates it."""

from portal.blueprints.codes import activating, issued  # noqa: F401 - they add their routes
from portal.blueprints.codes.routes import bp
from portal.blueprints.codes.selling import staff_bp

__all__ = ["bp", "staff_bp"]
