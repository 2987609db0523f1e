"""The people of an organization, and invitations to it."""

from portal.blueprints.people import inviting, leaving, roles  # noqa: F401 - they add their routes
from portal.blueprints.people.joining import bp as joining_bp
from portal.blueprints.people.routes import bp, membership_bp

__all__ = ["bp", "joining_bp", "membership_bp"]
