"""The developer resources, for everybody."""

from portal.blueprints.resources.routes import bp

__all__ = ["bp"]
