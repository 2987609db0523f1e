"""Chats with people of support or with the portal itself, and the incidents that staff tell customers of."""

from portal.blueprints.chats.incidents import incidents_bp
from portal.blueprints.chats.routes import bp
from portal.blueprints.chats.staff import staff_bp

__all__ = ["bp", "incidents_bp", "staff_bp"]
