"""The people of a project: who holds which role in it and through what; added, changed and removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.domain import membership
from portal.domain.errors import Overtaken, Refusal
from portal.domain.permissions import Action, Grants
from portal.models.organizations import Membership, Project, ProjectRole, User
from portal.models.teams import Team, TeamMember, TeamProjectRole
from portal.services import invitations, members, projects, role_changes
from portal.services.invitations import Sender
from portal.services.invoices import last_page
from portal.services.organizations import RoleSource
from portal.services.teams import Person


@dataclass(frozen=True, slots=True)
class ProjectPerson:
    """Somebody with roles in a project, and where each comes from."""

    person: Person
    sources: Sequence[RoleSource]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the people of a project; `number` is the page shown."""

    items: Sequence[ProjectPerson]
    number: int
    total: int


def people_of(session: Session, project: Project, *, number: int, size: int) -> PeoplePage:
    """Page `number` of who holds a role in the project, by themselves or by a team, by name; in three queries."""
    inside = projects.people_in([project.id]).subquery()
    total = session.scalar(select(func.count()).select_from(inside)) or 0
    number = last_page(number, total=total, size=size)
    query = select(Membership.id, User.name, User.email).join(Membership.user)
    query = query.where(Membership.id.in_(select(inside.c.membership_id))).order_by(
        func.lower(User.name), Membership.id
    )
    people = [Person(*row) for row in session.execute(query.limit(size).offset((number - 1) * size))]
    sources = _sources(session, project, [person.member_id for person in people])
    return PeoplePage([ProjectPerson(one, sources[one.member_id]) for one in people], number, total)


def add(session: Session, sender: Sender, project: Project, email: str, role: str, *, at: datetime) -> str:
    """Give somebody one role more in the project; who is no member of the organization is invited with it (P20).

    Refused for a role that is not one's to give (ROLE-10). The answer says what was done.
    """
    organization, by = sender.organization, sender.by
    projects.acting_for(session, organization, by, Action.MANAGE_PROJECT_MEMBERS, project=project)
    member = members.find_by_address(session, organization, email)
    if member is None:
        (address, *more) = membership.parse_addresses(email)
        if more:
            raise Refusal("Enter one address.")
        offer = Grants(frozenset(), {project.id: frozenset({role})})
        invitations.invite(session, sender, [address], offer=offer, at=at)
        return f"{address} is invited to {organization.name}, with a role in {project.name}."
    held = members.own_grants(member).project_roles.get(project.id, frozenset())
    if role in held:
        raise Refusal(f"{member.user.name} has this role already.")
    _set(session, project, member, held | {role}, by=by, at=at)
    return f"{member.user.name} has the role in {project.name}."


def change(
    session: Session,
    project: Project,
    member_id: int,
    wanted: Collection[str],
    *,
    seen: Collection[str],
    by: User,
    at: datetime,
) -> None:
    """Give a member exactly these roles of their own in the project; `seen` are those that `by` decided on."""
    projects.acting_for(session, project.organization, by, Action.MANAGE_PROJECT_MEMBERS, project=project)
    member = members.find(session, project.organization, member_id)
    if member is None:
        raise Overtaken("This person is no longer in the organization.")
    held = members.own_grants(member).project_roles.get(project.id, frozenset())
    if held == frozenset(wanted):
        return
    if held != frozenset(seen):
        raise Overtaken(f"The roles of {member.user.name} were changed since you opened the page.")
    _set(session, project, member, wanted, by=by, at=at)


def remove(session: Session, project: Project, member_id: int, *, by: User, at: datetime) -> None:
    """Take all roles of their own in the project from a member; who has none stays as they are.

    Refused for who would belong to the organization without any role.
    """
    projects.acting_for(session, project.organization, by, Action.MANAGE_PROJECT_MEMBERS, project=project)
    member = members.find(session, project.organization, member_id)
    if member is None or project.id not in members.own_grants(member).project_roles:
        return
    _set(session, project, member, (), by=by, at=at)


def _set(
    session: Session, project: Project, member: Membership, wanted: Collection[str], *, by: User, at: datetime
) -> None:
    before = members.own_grants(member)
    after = membership.with_project_roles(before, project.id, wanted)
    if not after.organization_roles and not after.project_roles:
        raise Refusal(f"{member.user.name} has no other role here. Remove them from the organization instead.")
    role_changes.change(session, project.organization, member.id, after, seen=membership.mark(before), by=by, at=at)


def _sources(session: Session, project: Project, member_ids: Sequence[int]) -> Mapping[int, Sequence[RoleSource]]:
    own = select(ProjectRole.membership_id, ProjectRole.role, literal(None).label("team")).where(
        ProjectRole.project_id == project.id, ProjectRole.membership_id.in_(member_ids)
    )
    by_team = (
        select(TeamMember.membership_id, TeamProjectRole.role, Team.name)
        .join(TeamMember, TeamMember.team_id == TeamProjectRole.team_id)
        .join(Team, Team.id == TeamProjectRole.team_id)
        .where(TeamProjectRole.project_id == project.id, TeamMember.membership_id.in_(member_ids))
    )
    found: dict[int, list[RoleSource]] = {member_id: [] for member_id in member_ids}
    rows: Iterable[Any] = session.execute(union_all(own, by_team))
    for member_id, role, team in rows:
        found[member_id].append(RoleSource(role, project.id, team))
    return found
