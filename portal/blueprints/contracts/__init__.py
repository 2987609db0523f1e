"""Staff's desk for contracts and credits of an organization."""

from portal.blueprints.contracts import agreements, changes, grants  # noqa: F401 - they add their routes
from portal.blueprints.contracts.routes import bp

__all__ = ["bp"]
