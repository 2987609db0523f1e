"""Whether the portal is well."""

from portal.blueprints.health.routes import bp

__all__ = ["bp"]
