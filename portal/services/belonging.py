"""Whether a person belongs to an organization, and what they hold there: what every page of it asks first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import CompoundSelect, Select, bindparam, null, select, union_all
from sqlalchemy.orm import Session

from portal.domain.permissions import Grants
from portal.models.base import BigKey
from portal.models.organizations import Membership, Organization, OrganizationRole, ProjectRole
from portal.models.teams import TeamMember, TeamProjectRole


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organization that a person is a member of, and their roles in it: their own, and those of their teams."""

    organization: Organization
    grants: Grants


def find(session: Session, *, user_id: int, slug: str) -> Belonging | None:
    """The organization at `slug` where the person belongs to it; None alike for a stranger and for an unknown slug."""
    row = session.execute(_organization(), {"user_id": user_id, "slug": slug}).one_or_none()
    if row is None:
        return None
    organization, membership_id = row
    in_organization = set()
    by_project: dict[int, set[str]] = {}
    for project_id, role in session.execute(_roles(), {"membership_id": membership_id}):
        if project_id is None:
            in_organization.add(role)
        else:
            by_project.setdefault(project_id, set()).add(role)
    in_projects = {project_id: frozenset(held) for project_id, held in by_project.items()}
    return Belonging(organization, Grants(frozenset(in_organization), in_projects))


# To put these together takes longer than to ask them.
@cache
def _organization() -> Select[Organization, int]:
    return (
        select(Organization, Membership.id)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Organization.slug == bindparam("slug"), Membership.user_id == bindparam("user_id"))
    )


@cache
def _roles() -> CompoundSelect[int | None, str]:
    """All roles of a member in one statement; those in the whole organization have no project."""
    member = bindparam("membership_id", type_=BigKey)
    through_teams = select(TeamProjectRole.project_id, TeamProjectRole.role).join(
        TeamMember, TeamMember.team_id == TeamProjectRole.team_id
    )
    return union_all(
        select(ProjectRole.project_id, ProjectRole.role).where(ProjectRole.membership_id == member),
        through_teams.where(TeamMember.membership_id == member),
        select(null(), OrganizationRole.role).where(OrganizationRole.membership_id == member),
    )
