"""Pages of the company's own staff."""

from portal.blueprints.staff import components  # noqa: F401 - it adds its routes
from portal.blueprints.staff.routes import bp

__all__ = ["bp"]
