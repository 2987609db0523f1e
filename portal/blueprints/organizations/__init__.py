"""An organization's own pages."""

from portal.blueprints.organizations.routes import bp

__all__ = ["bp"]
