"""Reads the roles of a catalogue and what they grant."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from portal.domain.permissions import Action, OrganizationRole, ProjectRole, Roles
from portal.domain.reading import Reader

# Two versions of the vendor's support page disagree on who may raise a case (AMB-1, atlas 1.4).
SUPPORT_RULES = ("2024", "legacy")
_OVER_ALL = frozenset({Action.MANAGE_MEMBERS, Action.RENAME_ORGANIZATION})


def parse_roles(top: Reader) -> Roles:
    """All roles, with what the support rules in force grant besides."""
    support_rules = top.optional_text("support_rules", one_of=SUPPORT_RULES)
    organization = {key: _organization_role(role, key, support_rules) for key, role in top.named_tables("roles")}
    _check_marks(top, organization.values())
    return Roles(
        organization=organization,
        project={key: _project_role(role, key, support_rules) for key, role in top.named_tables("project_roles")},
    )


def _check_marks(top: Reader, organization: Collection[OrganizationRole]) -> None:
    """Who must remain can let others in; what everybody may get gives no right over others (ROLE-8, ROLE-9)."""
    if not any(role.must_remain for role in organization):
        raise top.refuse("roles", "one role with must_remain = true is expected")
    for role in organization:
        if role.must_remain and not role.organization >= _OVER_ALL:
            raise top.refuse(f"roles.{role.key}.must_remain", f"a role with {', '.join(sorted(_OVER_ALL))} is expected")
        if role.is_plain and Action.MANAGE_MEMBERS in role.organization:
            raise top.refuse(f"roles.{role.key}.plain", f"a role without {Action.MANAGE_MEMBERS} is expected")
    if sum(role.is_plain for role in organization) > 1:
        raise top.refuse("roles", "at most one role with plain = true is expected")


def _organization_role(role: Reader, key: str, support_rules: str | None) -> OrganizationRole:
    name, description = role.text("name"), role.text("description")
    must_remain, is_plain = role.flag("must_remain", default=False), role.flag("plain", default=False)
    organization, all_projects = _actions(role, "organization", False), _actions(role, "all_projects", True)
    for extra in _rules_in_force(role, support_rules):
        organization |= _actions(extra, "organization", False)
        all_projects |= _actions(extra, "all_projects", True)
    return OrganizationRole(key, name, description, organization, all_projects, must_remain, is_plain)


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
