"""Reads what a catalogue says about projects."""

from __future__ import annotations

from portal.domain.permissions import Roles
from portal.domain.projects import ProjectRules
from portal.domain.reading import Reader


def parse_project_rules(top: Reader, roles: Roles) -> ProjectRules:
    """Whether projects stand in units and move between organizations, and the role of who creates one."""
    given = top.optional_table("projects")
    if given is None:
        return ProjectRules()
    with given as projects:
        return ProjectRules(
            has_units=projects.flag("units", default=False),
            may_move=projects.flag("moves", default=False),
            creator_role=projects.optional_text("creator_role", one_of=roles.project),
        )
