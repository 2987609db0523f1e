"""The members of an organization: the list of them, one of them, and who acts on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal import catalogues
from portal.domain.errors import Overtaken
from portal.domain.permissions import Grants, Roles
from portal.models.invitations import Departure
from portal.models.organizations import Membership, Organization, OrganizationRole, ProjectRole, User
from portal.models.teams import TeamProjectRole
from portal.services import months, organizations


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members a list shows: a part of name or address, a role of either kind, a project with a role in it.

    Roles that come through a team count too.
    """

    search: str = ""
    role: str = ""
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """Who changes something in an organization: what they may do, read while the organization is held."""

    user: User
    organization: Organization
    roles: Roles
    grants: Grants


def listed(
    session: Session, organization: Organization, shown: MemberFilter, *, after: int | None, limit: int
) -> Sequence[Membership]:
    """Members by name from behind the member `after` on, with their accounts and roles, in three queries."""
    place = func.lower(User.name), Membership.id
    query = _of(organization, shown).options(contains_eager(Membership.user)).order_by(*place).limit(limit)
    if after is not None:
        last = select(*place).join(Membership.user).where(Membership.id == after, _is_in(organization))
        query = query.where(tuple_(*place) > last.scalar_subquery())
    return session.scalars(query).unique().all()


def count(session: Session, organization: Organization, shown: MemberFilter) -> int:
    """How many members the filter shows."""
    return session.scalar(select(func.count()).select_from(_of(organization, shown).subquery())) or 0


def find(session: Session, organization: Organization, member_id: int) -> Membership | None:
    """The member of this organization with this id; another organization's is absent."""
    return session.scalars(_fresh(organization).where(Membership.id == member_id)).unique().one_or_none()


def find_by_address(session: Session, organization: Organization, email: str) -> Membership | None:
    """The member with this address, written in any case."""
    query = _fresh(organization).where(func.lower(User.email) == email.strip().lower())
    return session.scalars(query).unique().one_or_none()


def find_own(session: Session, user: User, member_id: int) -> Membership | None:
    """The membership with this id where it is the person's own."""
    query = select(Membership).options(joinedload(Membership.organization))
    return session.scalar(query.where(Membership.id == member_id, Membership.user_id == user.id))


def name_of_left(session: Session, user: User, slug: str) -> str | None:
    """The name of the organization with this slug where the person was a member once; None for all others."""
    left = select(Organization.name).join(Departure, Departure.organization_id == Organization.id)
    return session.scalar(left.where(Organization.slug == slug, Departure.user_id == user.id).limit(1))


def own_grants(member: Membership) -> Grants:
    """The roles that a member holds by themselves, which are those that can be given and taken one by one."""
    by_project: dict[int, set[str]] = {}
    for held in member.project_roles:
        by_project.setdefault(held.project_id, set()).add(held.role)
    return Grants(
        frozenset(held.role for held in member.organization_roles),
        {project: frozenset(keys) for project, keys in by_project.items()},
    )


def with_teams(member: Membership, own: Grants) -> Grants:
    """What a member would hold with these roles of their own: the roles of their teams count besides."""
    by_project = {project: set(keys) for project, keys in own.project_roles.items()}
    for held in member.team_roles:
        by_project.setdefault(held.project_id, set()).add(held.role)
    return Grants(own.organization_roles, {project: frozenset(keys) for project, keys in by_project.items()})


def acting(session: Session, organization: Organization, by: User) -> Acting:
    """Hold the organization until the transaction ends, and read anew what `by` may do in it.

    Roles that were read before the wait may be others now: of two owners who demote each other only one is one still.
    """
    months.lock(session, organization)
    member = session.scalars(_fresh(organization).where(Membership.user_id == by.id)).unique().one_or_none()
    if member is None:
        raise Overtaken(f"You are no longer in {organization.name}.")
    roles = catalogues.load(organization.catalogue).roles
    return Acting(by, organization, roles, organizations.grants_of(member))


def count_holding(session: Session, organization: Organization, keys: frozenset[str], *, but: Membership) -> int:
    """How many people besides `but` hold one of these roles in the organization and can sign in."""
    holding = (
        select(Membership.id)
        .join(Membership.user)
        .join(Membership.organization_roles)
        .where(_is_in(organization), OrganizationRole.role.in_(keys), User.deactivated_at.is_(None))
        .where(Membership.id != but.id)
    )
    return session.scalar(select(func.count()).select_from(holding.distinct().subquery())) or 0


def _fresh(organization: Organization) -> Select[Membership]:
    """Read anew what this session may know from before."""
    query = select(Membership).join(Membership.user).options(contains_eager(Membership.user))
    return query.where(_is_in(organization)).execution_options(populate_existing=True)


def _of(organization: Organization, shown: MemberFilter) -> Select[Membership]:
    query = select(Membership).join(Membership.user).where(_is_in(organization))
    if shown.search:
        found = (column.icontains(shown.search, autoescape=True) for column in (User.name, User.email))
        query = query.where(next(found) | next(found))
    if shown.role:
        in_all = Membership.organization_roles.any(OrganizationRole.role == shown.role)
        by_team = Membership.team_roles.any(TeamProjectRole.role == shown.role)
        query = query.where(in_all | Membership.project_roles.any(ProjectRole.role == shown.role) | by_team)
    if shown.project_id is not None:
        by_team = Membership.team_roles.any(TeamProjectRole.project_id == shown.project_id)
        query = query.where(Membership.project_roles.any(ProjectRole.project_id == shown.project_id) | by_team)
    return query


def _is_in(organization: Organization) -> ColumnElement[bool]:
    return Membership.organization_id == organization.id
