"""Files of cases: kept as soon as they are chosen, and downloaded."""

from portal.blueprints.attachments import downloads  # noqa: F401 - it adds its routes
from portal.blueprints.attachments.routes import bp

__all__ = ["bp"]
