"""Subscriptions: the contracts of an organization, and where each of them stands."""

from portal.blueprints.subscriptions.routes import bp

__all__ = ["bp"]
