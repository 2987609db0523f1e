"""Who may do what: actions, what roles grant, and the one question `allows`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What a person may be allowed to do; the ids are those of atlas 1.5."""

    VIEW_ORGANIZATION = "view_organization"
    VIEW_BILLING = "view_billing"  # P1
    EXPLORE_COSTS = "explore_costs"  # P2
    CHANGE_BILLING_SETTINGS = "change_billing_settings"  # P3
    APPLY_ACTIVATION_CODE = "apply_activation_code"  # P4
    PAY_INVOICE = "pay_invoice"  # P5
    LINK_ORGANIZATIONS = "link_organizations"  # P6
    VIEW_LINKED_INVOICES = "view_linked_invoices"  # P7
    MANAGE_BILLING_ALERTS = "manage_billing_alerts"  # P8
    MANAGE_ORGANIZATION_ALERTS = "manage_organization_alerts"  # P9
    MANAGE_PROJECT_ALERTS = "manage_project_alerts"  # P10
    VIEW_ORGANIZATION_ACTIVITY = "view_organization_activity"  # P11
    VIEW_PROJECT_ACTIVITY = "view_project_activity"  # P12
    VIEW_PROJECT_CASES = "view_project_cases"  # P13
    RAISE_PROJECT_CASES = "raise_project_cases"  # P14
    VIEW_ORGANIZATION_CASES = "view_organization_cases"  # P15
    RAISE_ORGANIZATION_CASES = "raise_organization_cases"  # P16
    CHANGE_SUPPORT_PLAN = "change_support_plan"  # P17
    BUY_CONSULTING = "buy_consulting"  # P18
    CREATE_PROJECTS = "create_projects"  # P19
    MANAGE_MEMBERS = "manage_members"  # P20
    VIEW_SETTINGS = "view_settings"  # P21
    RENAME_ORGANIZATION = "rename_organization"  # P22
    FOLLOW_ALL_CASES = "follow_all_cases"
    INVITE_COLLABORATORS = "invite_collaborators"
    DELETE_PROJECTS = "delete_projects"
    VIEW_PROJECT = "view_project"
    MANAGE_PROJECT_MEMBERS = "manage_project_members"

    @property
    def in_project(self) -> bool:
        """Whether the question is asked of one project rather than of the whole organization."""
        return self in _IN_PROJECT


_IN_PROJECT = frozenset(
    {
        Action.MANAGE_PROJECT_ALERTS,
        Action.VIEW_PROJECT_ACTIVITY,
        Action.VIEW_PROJECT_CASES,
        Action.RAISE_PROJECT_CASES,
        Action.VIEW_PROJECT,
        Action.MANAGE_PROJECT_MEMBERS,
        Action.DELETE_PROJECTS,
    }
)


class StaffRole(StrEnum):
    """What a member of the company's own staff works on."""

    SUPPORT = "support"
    BILLING = "billing"
    SALES = "sales"


@dataclass(frozen=True, slots=True)
class OrganizationRole:
    """A role in the whole organization: what it grants there, and in every project without a role in it.

    Somebody has to hold one that `must_remain`; `is_plain` is what those get who are merely to belong (ROLE-8, ROLE-9).
    """

    key: str
    name: str
    description: str
    organization: frozenset[Action]
    all_projects: frozenset[Action]
    must_remain: bool = False
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class ProjectRole:
    """A role in one project: what it grants in that project, and nowhere else."""

    key: str
    name: str
    description: str
    own_project: frozenset[Action]


@dataclass(frozen=True, slots=True)
class Roles:
    """All roles of a catalogue, by key, in the order in which people should see them."""

    organization: Mapping[str, OrganizationRole]
    project: Mapping[str, ProjectRole]


@dataclass(frozen=True, slots=True)
class Grants:
    """The roles that one person holds in one organization; project roles by the project's key."""

    organization_roles: frozenset[str] = frozenset()
    project_roles: Mapping[int, frozenset[str]] = field(default_factory=dict)


def why(
    roles: Roles, grants: Grants, action: Action, *, project: int | None = None
) -> tuple[OrganizationRole | ProjectRole, ...]:
    """The roles among `grants` that permit `action` (one in a project: in `project`), in the catalogue's order.

    Rights add up: a lower role never takes away what another one grants. A role that the catalogue does not know
    grants nothing (ROLE-5).
    """
    if action.in_project != (project is not None):
        raise ValueError(f"{action} is asked of {'one project' if action.in_project else 'the organization'}")
    if project is None:
        return tuple(role for role in _held(roles, grants) if action in role.organization)
    in_project = grants.project_roles.get(project, frozenset())
    own = (role for key, role in roles.project.items() if key in in_project and action in role.own_project)
    return (*why_everywhere(roles, grants, action), *own)


def why_everywhere(roles: Roles, grants: Grants, action: Action) -> tuple[OrganizationRole, ...]:
    """The roles among `grants` that permit `action`, one in a project, in each project without a role in it."""
    return tuple(role for role in _held(roles, grants) if action in role.all_projects)


def allows(roles: Roles, grants: Grants, action: Action, *, project: int | None = None) -> bool:
    """Whether `grants` permit `action`, for an action in a project: in `project` (atlas 1.5)."""
    return bool(why(roles, grants, action, project=project))


def roles_with(roles: Roles, action: Action) -> tuple[OrganizationRole, ...]:
    """The roles that permit `action` in the whole organization, in the catalogue's order."""
    return tuple(role for role in roles.organization.values() if action in role.organization)


def projects_allowed(roles: Roles, grants: Grants, action: Action, *, among: Iterable[int]) -> frozenset[int]:
    """Those of the projects `among` in which `grants` permit `action`."""
    return frozenset(project for project in among if allows(roles, grants, action, project=project))


def actions_known(roles: Roles) -> frozenset[Action]:
    """What at least one role of the catalogue grants; the rest is nothing that this vendor has."""
    granted = (actions for role in roles.organization.values() for actions in (role.organization, role.all_projects))
    in_projects = (role.own_project for role in roles.project.values())
    return frozenset().union(*granted, *in_projects)


def _held(roles: Roles, grants: Grants) -> tuple[OrganizationRole, ...]:
    return tuple(role for key, role in roles.organization.items() if key in grants.organization_roles)
