"""Staff: what customers ask finance for."""

from portal.blueprints.finance_requests.routes import bp

__all__ = ["bp"]
