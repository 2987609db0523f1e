"""The first page."""

from portal.blueprints.home.routes import bp

__all__ = ["bp"]
