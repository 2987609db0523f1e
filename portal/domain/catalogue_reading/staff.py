"""Reads what staff may do inside a customer's organization."""

from __future__ import annotations

from collections.abc import Iterable

from portal.domain.catalogue_reading.values import origin
from portal.domain.permissions import Action, Grants, OrganizationRole, Roles, StaffRole
from portal.domain.reading import Reader

# What is the customer's alone (VISIT-4).
NEVER_FOR_STAFF = frozenset(
    {
        Action.MANAGE_MEMBERS,
        Action.MANAGE_PROJECT_MEMBERS,
        Action.INVITE_COLLABORATORS,
        Action.RENAME_ORGANIZATION,
        Action.CREATE_PROJECTS,
        Action.DELETE_PROJECTS,
    }
)


def parse_staff_roles(table: object, source: str) -> Roles:
    """The roles that staff hold on a visit, one for each staff role; anything else in `table` is `Malformed`."""
    with Reader(table, source) as top:
        origin(top)
        with top.table("staff_roles") as roles:
            return Roles({_key(role): _role(roles, role) for role in StaffRole}, {})


def grants_of(held: Iterable[str]) -> Grants:
    """What somebody with these staff roles is granted on a visit."""
    return Grants(frozenset(_key(role) for role in held))


def _role(roles: Reader, role: StaffRole) -> OrganizationRole:
    with roles.table(role) as table:
        return OrganizationRole(
            key=_key(role),
            name=table.text("name"),
            description=table.text("description"),
            organization=_actions(table, "organization", in_project=False),
            all_projects=_actions(table, "all_projects", in_project=True),
        )


def _actions(table: Reader, key: str, *, in_project: bool) -> frozenset[Action]:
    known = [action for action in Action if action.in_project == in_project and action not in NEVER_FOR_STAFF]
    return frozenset(Action(name) for name in table.texts(key, default=(), one_of=known))


def _key(role: str) -> str:
    """No catalogue has a role with such a key, so that what staff hold counts nowhere else."""
    return f"staff:{role}"
