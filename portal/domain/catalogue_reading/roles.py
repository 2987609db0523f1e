"""Reads the roles of a catalogue and what they grant."""

from __future__ import annotations

from collections.abc import Iterator

from portal.domain.permissions import Action, OrganizationRole, ProjectRole, Roles
from portal.domain.reading import Reader

# Two versions of the vendor's support page disagree on who may raise a case (AMB-1, atlas 1.4).
SUPPORT_RULES = ("2024", "legacy")


def parse_roles(top: Reader) -> Roles:
    """All roles, with what the support rules in force grant besides."""
    support_rules = top.optional_text("support_rules", one_of=SUPPORT_RULES)
    return Roles(
        organization={key: _organization_role(role, key, support_rules) for key, role in top.named_tables("roles")},
        project={key: _project_role(role, key, support_rules) for key, role in top.named_tables("project_roles")},
    )


def _organization_role(role: Reader, key: str, support_rules: str | None) -> OrganizationRole:
    name, description = role.text("name"), role.text("description")
    organization, all_projects = _actions(role, "organization", False), _actions(role, "all_projects", True)
    for extra in _rules_in_force(role, support_rules):
        organization |= _actions(extra, "organization", False)
        all_projects |= _actions(extra, "all_projects", True)
    return OrganizationRole(key, name, description, organization, all_projects)


def _project_role(role: Reader, key: str, support_rules: str | None) -> ProjectRole:
    name, description = role.text("name"), role.text("description")
    own_project = _actions(role, "own_project", True)
    for extra in _rules_in_force(role, support_rules):
        own_project |= _actions(extra, "own_project", True)
    return ProjectRole(key, name, description, own_project)


def _rules_in_force(role: Reader, support_rules: str | None) -> Iterator[Reader]:
    """What the role grants besides under the rules in force; what it would grant under others is read past."""
    extra = role.optional_table("support_rules")
    if extra is None:
        return
    for rules in tuple(extra.keys()):
        if rules not in SUPPORT_RULES:
            raise extra.refuse(rules, f"one of {', '.join(SUPPORT_RULES)} is expected")
        with extra.table(rules) as granted:
            if rules == support_rules:
                yield granted
            else:
                _actions(granted, "organization", False)
                _actions(granted, "all_projects", True)
                _actions(granted, "own_project", True)


def _actions(role: Reader, key: str, in_project: bool) -> frozenset[Action]:
    allowed = [action.value for action in Action if action.in_project == in_project]
    return frozenset(Action(name) for name in role.texts(key, default=(), one_of=allowed))
