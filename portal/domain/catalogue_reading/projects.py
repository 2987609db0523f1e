"""Reads what a catalogue says about projects."""

from __future__ import annotations

from portal.domain.permissions import Action, Roles
from portal.domain.projects import ProjectRules
from portal.domain.reading import Reader


def parse_project_rules(top: Reader, roles: Roles) -> ProjectRules:
    """Whether projects stand in units and move between organizations, and the role of who creates one."""
    with top.table("projects") as projects:
        rules = ProjectRules(
            has_units=projects.flag("units"),
            may_move=projects.flag("moves"),
            creator_role=projects.optional_text("creator_role", one_of=roles.project),
        )
        _check_creators_see(projects, rules, roles)
        return rules


def _check_creators_see(projects: Reader, rules: ProjectRules, roles: Roles) -> None:
    """Nobody creates a project and is then refused it."""
    if rules.creator_role and Action.VIEW_PROJECT in roles.project[rules.creator_role].own_project:
        return
    for role in roles.organization.values():
        if Action.CREATE_PROJECTS in role.organization and Action.VIEW_PROJECT not in role.all_projects:
            raise projects.refuse("creator_role", f"a role with view_project is expected, since {role.key} has none")
