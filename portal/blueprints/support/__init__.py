"""Support plans: the support page, changes of the plan, the support policy, and what staff do about them."""

from portal.blueprints.support import changes, policies  # noqa: F401 - changes add their routes
from portal.blueprints.support.routes import bp
from portal.blueprints.support.staff import staff_bp
from portal.blueprints.support.staff_plans import requests_bp

policies_bp = policies.bp

__all__ = ["bp", "policies_bp", "requests_bp", "staff_bp"]
