"""Linked organizations: one pays for others."""

from portal.blueprints.linked.routes import bp

__all__ = ["bp"]
