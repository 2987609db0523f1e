"""Who can do what in an organization, and why."""

from portal.blueprints.access_matrix.own import bp as own_bp
from portal.blueprints.access_matrix.routes import bp

__all__ = ["bp", "own_bp"]
