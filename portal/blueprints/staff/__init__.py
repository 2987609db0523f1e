"""Pages of the company's own staff."""

from portal.blueprints.staff.routes import bp

__all__ = ["bp"]
