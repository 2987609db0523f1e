"""Preview: what a contract would come to, played by the simulator and kept nowhere."""

from portal.blueprints.previews.routes import bp
from portal.blueprints.previews.staff import staff_bp

__all__ = ["bp", "staff_bp"]
