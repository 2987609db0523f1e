"""Signing in and out, and passwords that were forgotten."""

from portal.blueprints.auth import passwords  # noqa: F401 - it adds its routes
from portal.blueprints.auth.routes import bp

__all__ = ["bp"]
