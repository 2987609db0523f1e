"""Pages of the company's own staff."""

from portal.blueprints.staff import components, deliveries, months, people, visits  # noqa: F401 - they add their routes
from portal.blueprints.staff.mailbox import mailbox_bp
from portal.blueprints.staff.routes import bp

__all__ = ["bp", "mailbox_bp"]
