"""An organization's own pages."""

from portal.blueprints.organizations import activity  # noqa: F401 - it adds its routes
from portal.blueprints.organizations.routes import bp

__all__ = ["bp"]
