"""Teams: made, renamed and ended; who is in them, and which project roles they hold (TEAM-1, TEAM-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from invoices.fonts import printable_characters
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.permissions import Action
from portal.domain.projects import tidy_name
from portal.models.organizations import Membership, Organization, Project, User
from portal.models.teams import Team, TeamMember, TeamProjectRole
from portal.services import history, members, organizations, projects
from portal.services.invoices import last_page
from portal.services.members import Acting

MOST_TEAMS = 250


@dataclass(frozen=True, slots=True)
class Listed:
    """A team in the list, with how many people are in it and in how many projects it holds a role."""

    team: Team
    people: int
    projects: int


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the organization, as lists of people show them."""

    member_id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the people of a team; `number` is the page shown."""

    items: Sequence[Person]
    number: int
    total: int


def teams_of(session: Session, organization: Organization) -> Sequence[Listed]:
    """All teams of the organization, by name."""
    people = select(func.count()).where(TeamMember.team_id == Team.id).scalar_subquery()
    held = select(func.count(TeamProjectRole.project_id.distinct())).where(TeamProjectRole.team_id == Team.id)
    query = select(Team, people, held.scalar_subquery()).where(Team.organization_id == organization.id)
    return [Listed(*row) for row in session.execute(query.order_by(func.lower(Team.name), Team.id))]


def find(session: Session, organization: Organization, hex_id: str) -> Team | None:
    """The team of this organization with this id; another organization's is absent."""
    return session.scalar(select(Team).where(Team.organization_id == organization.id, Team.hex_id == hex_id))


def people_of(session: Session, team: Team, *, number: int, size: int) -> PeoplePage:
    """Page `number` of the members of a team, by name."""
    inside = select(TeamMember.membership_id).where(TeamMember.team_id == team.id)
    total = session.scalar(select(func.count()).select_from(inside.subquery())) or 0
    number = last_page(number, total=total, size=size)
    query = select(Membership.id, User.name, User.email).join(Membership.user).where(Membership.id.in_(inside))
    query = query.order_by(func.lower(User.name), Membership.id).limit(size).offset((number - 1) * size)
    return PeoplePage([Person(*row) for row in session.execute(query)], number, total)


def in_project(session: Session, project: Project) -> Mapping[Team, frozenset[str]]:
    """The teams that hold roles in a project, by name, with these roles."""
    query = select(TeamProjectRole).join(TeamProjectRole.team).where(TeamProjectRole.project_id == project.id)
    held: dict[Team, frozenset[str]] = {}
    for one in session.scalars(query.order_by(func.lower(Team.name), Team.id)):
        held[one.team] = held.get(one.team, frozenset()) | {one.role}
    return held


def roles_of(session: Session, team: Team) -> Mapping[int, frozenset[str]]:
    """The roles of the team in projects, by the project's key."""
    held: dict[int, set[str]] = {}
    for project_id, role in session.execute(
        select(TeamProjectRole.project_id, TeamProjectRole.role).where(TeamProjectRole.team_id == team.id)
    ):
        held.setdefault(project_id, set()).add(role)
    return {project_id: frozenset(keys) for project_id, keys in held.items()}


def create(session: Session, organization: Organization, name: str, *, by: User, at: datetime) -> Team:
    """Add a team without members; refused for a name that is taken in any case of letters."""
    projects.acting_for(session, organization, by, Action.MANAGE_MEMBERS)
    if len(teams_of(session, organization)) >= MOST_TEAMS:
        raise Refusal(f"{organization.name} has {MOST_TEAMS} teams, and cannot have more.")
    team = Team(organization_id=organization.id, name=_free_name(session, organization, name), created_at=at)
    session.add(team)
    session.flush()
    history.record(session, organization, Event.TEAM_CREATED, at=at, by=by, detail=f"{team.name}.")
    return team


def rename(session: Session, organization: Organization, team: Team, name: str, *, by: User, at: datetime) -> None:
    """Call a team otherwise."""
    projects.acting_for(session, organization, by, Action.MANAGE_MEMBERS)
    _check_there(session, organization, team)
    before, team.name = team.name, _free_name(session, organization, name, but=team)
    if team.name != before:
        detail = f"{before} is now {team.name}."
        history.record(session, organization, Event.TEAM_RENAMED, at=at, by=by, detail=detail)


def remove(session: Session, organization: Organization, team: Team, *, by: User, at: datetime) -> None:
    """Delete a team: its people stay in the organization, and lose what they held through it."""
    projects.acting_for(session, organization, by, Action.MANAGE_MEMBERS)
    _check_there(session, organization, team)
    for table in (TeamMember, TeamProjectRole):
        session.execute(delete(table).where(table.team_id == team.id))
    history.record(session, organization, Event.TEAM_DELETED, at=at, by=by, detail=f"{team.name}.")
    session.delete(team)
    session.flush()


def add_person(
    session: Session, organization: Organization, team: Team, email: str, *, by: User, at: datetime
) -> Membership:
    """Add a member of the organization by their address; refused for somebody else, and for who is in it already."""
    projects.acting_for(session, organization, by, Action.MANAGE_MEMBERS)
    _check_there(session, organization, team)
    member = members.find_by_address(session, organization, email)
    if member is None:
        raise Refusal(f"{email.strip()} is not a member of {organization.name}. Invite them first.")
    if session.get(TeamMember, (team.id, member.id)):
        raise Refusal(f"{member.user.name} is in {team.name} already.")
    session.add(TeamMember(team_id=team.id, membership_id=member.id))
    _record_person(session, organization, Event.TEAM_MEMBER_ADDED, team, member, by=by, at=at)
    return member


def remove_person(
    session: Session, organization: Organization, team: Team, member_id: int, *, by: User, at: datetime
) -> None:
    """Take a member out of the team; who is not in it stays out."""
    projects.acting_for(session, organization, by, Action.MANAGE_MEMBERS)
    held = session.get(TeamMember, (team.id, member_id))
    member = members.find(session, organization, member_id)
    if held and member:
        session.delete(held)
        _record_person(session, organization, Event.TEAM_MEMBER_REMOVED, team, member, by=by, at=at)


def forget_member(session: Session, membership: Membership) -> None:
    """Take a member who is leaving the organization out of all teams; the caller says so in the feed."""
    session.execute(delete(TeamMember).where(TeamMember.membership_id == membership.id))
    session.expire(membership, ["team_roles"])


def give_role(session: Session, team: Team, project: Project, role: str, *, by: User, at: datetime) -> None:
    """Give everybody in the team a role in a project; a role that it holds already stays as it is."""
    acting = _acting_in(session, team, project, by)
    if role not in acting.roles.project:
        raise Refusal("There is no such role here.")
    if session.get(TeamProjectRole, (team.id, project.id, role)) is None:
        session.add(TeamProjectRole(team_id=team.id, project_id=project.id, role=role))
        _record_role(session, acting, Event.TEAM_ROLE_GIVEN, team, project, role, at=at)


def take_role(session: Session, team: Team, project: Project, role: str, *, by: User, at: datetime) -> None:
    """Take a role in a project from everybody in the team; what it does not hold it goes on without."""
    acting = _acting_in(session, team, project, by)
    if role in roles_of(session, team).get(project.id, ()):
        session.delete(session.get_one(TeamProjectRole, (team.id, project.id, role)))
        _record_role(session, acting, Event.TEAM_ROLE_TAKEN, team, project, role, at=at)


def _acting_in(session: Session, team: Team, project: Project, by: User) -> Acting:
    acting = projects.acting_for(session, project.organization, by, Action.MANAGE_MEMBERS)
    _check_there(session, project.organization, team)
    if organizations.find_project(session, project.organization, project.hex_id) is None:
        raise Overtaken(f"The project {project.name} is no longer here.")
    return acting


def _record_role(
    session: Session, acting: Acting, event: Event, team: Team, project: Project, role: str, *, at: datetime
) -> None:
    session.flush()
    known = acting.roles.project.get(role)
    detail = f"{team.name}: {known.name if known else role} in {project.name}."
    history.record(session, acting.organization, event, at=at, by=acting.user, project=project, detail=detail)


def _check_there(session: Session, organization: Organization, team: Team) -> None:
    """Refuse a team that was deleted while one waited for the organization."""
    if session.scalar(select(Team.id).where(Team.id == team.id, Team.organization_id == organization.id)) is None:
        raise Overtaken("The team is no longer there.")


def _record_person(
    session: Session,
    organization: Organization,
    event: Event,
    team: Team,
    member: Membership,
    *,
    by: User,
    at: datetime,
) -> None:
    session.flush()
    session.expire(member, ["team_roles"])
    detail = f"{member.user.name} ({member.user.email}): {team.name}."
    history.record(session, organization, event, at=at, by=by, target=member.user, detail=detail)


def _free_name(session: Session, organization: Organization, name: str, *, but: Team | None = None) -> str:
    name = tidy_name(name, what="team", printable=printable_characters())
    same = select(Team.name).where(Team.organization_id == organization.id, func.lower(Team.name) == name.lower())
    if taken := session.scalar(same.where(Team.id != but.id) if but else same):
        raise Refusal(f"{organization.name} already has a team “{taken}”.")
    return name
