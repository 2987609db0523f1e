"""What can be bought, for everybody to read."""

from portal.blueprints.plans.routes import bp

__all__ = ["bp"]
