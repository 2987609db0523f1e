"""Organizations: who belongs to one with which roles, and the making of organizations, members and projects."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.domain.errors import Refusal
from portal.domain.permissions import Grants, Roles
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Membership, Organization, OrganizationRole, Project, ProjectRole, User
from portal.models.projects import ProjectEnd
from portal.models.teams import TeamProjectRole
from portal.services.invoices import last_page

MOST_PROJECTS = 250  # atlas 1.1
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    """One page of all organizations; `number` is the page shown: the last one where a later one was asked for."""

    items: Sequence[Organization]
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class RoleSource:
    """A role that a member holds, in the organization (no `project_id`) or in one project, and through which team."""

    role: str
    project_id: int | None = None
    team: str | None = None

    @property
    def words(self) -> str:
        """Where it comes from, in words."""
        return f"team {self.team}" if self.team else "own role"


def memberships_of(session: Session, user_id: int) -> Sequence[Membership]:
    """All memberships of a person with organizations and roles, by the organization's name."""
    query = _with_roles().where(Membership.user_id == user_id).order_by(Organization.name, Organization.id)
    return session.scalars(query).unique().all()


def organizations_of(session: Session, user_id: int) -> Sequence[Organization]:
    """The organizations that a person belongs to, by name."""
    return session.scalars(_belonged_to(), {"user_id": user_id}).all()


def grants_of(membership: Membership) -> Grants:
    """The roles of a member as the core takes them: their own, and those of their teams."""
    by_project: dict[int, set[str]] = {}
    held_in_projects: list[ProjectRole | TeamProjectRole] = [*membership.project_roles, *membership.team_roles]
    for held in held_in_projects:
        by_project.setdefault(held.project_id, set()).add(held.role)
    return Grants(
        organization_roles=frozenset(held.role for held in membership.organization_roles),
        project_roles={project: frozenset(roles) for project, roles in by_project.items()},
    )


def sources_of(membership: Membership) -> tuple[RoleSource, ...]:
    """Each role of a member with where it comes from; the same role may come from several places."""
    return (
        *(RoleSource(held.role) for held in membership.organization_roles),
        *(RoleSource(held.role, held.project_id) for held in membership.project_roles),
        *(RoleSource(held.role, held.project_id, held.team.name) for held in membership.team_roles),
    )


def role_names(grants: Grants, roles: Roles) -> tuple[str, ...]:
    """What the person is called in the whole organization, in the catalogue's order and words."""
    return tuple(role.name for key, role in roles.organization.items() if key in grants.organization_roles)


def project_role_names(grants: Grants, roles: Roles, *, project_id: int) -> tuple[str, ...]:
    """What the person is called in one project, in the catalogue's order and words."""
    held = grants.project_roles.get(project_id, frozenset())
    return tuple(role.name for key, role in roles.project.items() if key in held)


def projects_of(session: Session, organization: Organization) -> Sequence[Project]:
    """All projects of an organization by name."""
    return session.scalars(_projects_of(organization).order_by(Project.name)).all()


def projects_ever_of(session: Session, organization: Organization) -> Sequence[Project]:
    """The same with those that were deleted or moved away, whose usage is still there."""
    return session.scalars(
        select(Project).where(Project.organization_id == organization.id).order_by(Project.name)
    ).all()


def find_project(session: Session, organization: Organization, hex_id: str) -> Project | None:
    """The project of this organization with this id; another organization's project, and one that ended, is absent."""
    if "\0" in hex_id:
        return None  # It may come from a query or a form, and PostgreSQL refuses to look for it.
    return session.scalar(_projects_of(organization).where(Project.hex_id == hex_id))


def count_projects(session: Session, organization: Organization) -> int:
    """How many projects the organization has."""
    return session.scalar(select(func.count()).select_from(_projects_of(organization).subquery())) or 0


def count_members(session: Session, organization: Organization) -> int:
    """How many people belong to the organization."""
    return session.scalar(select(func.count()).where(Membership.organization_id == organization.id)) or 0


def list_organizations(session: Session, *, search: str, number: int, size: int) -> OrganizationPage:
    """Page `number` of every organization whose name or slug contains `search` in any case, by slug, for staff."""
    found = Organization.name.icontains(search, autoescape=True) | Organization.slug.icontains(search, autoescape=True)
    conditions = [found] if search else []
    total = session.scalar(select(func.count()).select_from(Organization).where(*conditions)) or 0
    number = last_page(number, total=total, size=size)
    # By slug and not by name: its index has the order, so that no page sorts all of them.
    page = select(Organization).where(*conditions).order_by(Organization.slug).limit(size).offset((number - 1) * size)
    return OrganizationPage(session.scalars(page).all(), number, total)


def create_organization(
    session: Session, slug: str, *, name: str, catalogue: str, at: datetime, region: str | None = None
) -> Organization:
    """Add an organization and its unnamed billing group; refused for a slug that is taken or unfit for an address."""
    if not _SLUG.fullmatch(slug) or len(slug) > 63:
        raise Refusal(f"“{slug}” cannot stand in an address. Use small letters, digits and hyphens.")
    if session.scalar(select(Organization.id).where(Organization.slug == slug)):
        raise Refusal(f"There is already an organization “{slug}”.")
    organization = Organization(slug=slug, name=name, catalogue=catalogue, region=region, created_at=at)
    session.add(organization)
    session.flush()
    session.add(BillingGroup(organization_id=organization.id, name=None, created_at=at))
    session.flush()
    return organization


def create_project(session: Session, organization: Organization, name: str, *, at: datetime) -> Project:
    """Add a project, billed with the organization's own billing group; refused for a name that is taken."""
    # What ended keeps a name of its own, which is not given again.
    if session.scalar(select(Project.id).where(Project.organization_id == organization.id, Project.name == name)):
        raise Refusal(f"{organization.name} already has a project “{name}”.")
    if count_projects(session, organization) >= MOST_PROJECTS:
        raise Refusal(f"{organization.name} has {MOST_PROJECTS} projects, and cannot have more.")
    group_id = session.scalars(
        select(BillingGroup.id).where(BillingGroup.organization_id == organization.id, BillingGroup.name.is_(None))
    ).one()
    project = Project(organization_id=organization.id, billing_group_id=group_id, name=name, created_at=at)
    session.add(project)
    session.flush()
    return project


def add_member(
    session: Session,
    organization: Organization,
    user: User,
    *,
    roles: Roles,
    at: datetime,
    organization_roles: Collection[str] = (),
    project_roles: Mapping[int, Collection[str]] | None = None,
) -> Membership:
    """Make `user` a member with these roles; refused for a role that the catalogue does not have."""
    by_project = project_roles or {}
    _check_roles(organization_roles, roles.organization)
    for held in by_project.values():
        _check_roles(held, roles.project)
    membership = Membership(organization_id=organization.id, user_id=user.id, created_at=at)
    membership.organization_roles = [OrganizationRole(role=role) for role in organization_roles]
    membership.project_roles = [
        ProjectRole(project_id=project, role=role) for project, held in by_project.items() for role in held
    ]
    session.add(membership)
    session.flush()
    return membership


@cache
def _belonged_to() -> Select[Organization]:
    # Every page asks it; to put it together takes longer than to ask it.
    return (
        select(Organization)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == bindparam("user_id"))
        .order_by(Organization.name, Organization.id)
    )


def _with_roles() -> Select[Membership]:
    return (
        select(Membership)
        .join(Membership.organization)
        .options(
            contains_eager(Membership.organization),
            # Roles in the organization are one or two: joined with those in projects they make no long list.
            joinedload(Membership.organization_roles),
            joinedload(Membership.project_roles),
            selectinload(Membership.team_roles),
        )
    )


def _projects_of(organization: Organization) -> Select[Project]:
    ended = select(ProjectEnd.project_id).where(ProjectEnd.project_id == Project.id)
    return select(Project).where(Project.organization_id == organization.id, ~ended.exists())


def _check_roles(held: Collection[str], known: Mapping[str, object]) -> None:
    for role in held:
        if role not in known:
            raise Refusal(f"There is no role “{role}”. There are: {', '.join(known)}.")
