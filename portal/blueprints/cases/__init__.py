"""Cases of customers: opening one, the conversation, and what changes it."""

from portal.blueprints.cases import (  # noqa: F401 - they add their routes
    changes,
    conversation,
    drafts,
    list_changes,
    listing,
    rating,
    shared,
)
from portal.blueprints.cases.routes import bp

shared_bp = shared.bp

__all__ = ["bp", "shared_bp"]
