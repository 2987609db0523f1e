"""Projects, the units they stand in, and the teams that work in them."""

# Each module adds its routes to the blueprint.
from portal.blueprints.projects import ends, people, team_people, teams, units
from portal.blueprints.projects.routes import bp

__all__ = ["bp", "ends", "people", "team_people", "teams", "units"]
