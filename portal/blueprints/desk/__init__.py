"""Staff's workspace for cases: the queue, one case, replies kept for later."""

# ruff: noqa: F401 - they add their routes
from portal.blueprints.desk import case, changing, macros, opening, quarantine, queue, relating, several, writing
from portal.blueprints.desk.routes import bp

__all__ = ["bp"]
