"""Projects: listed, created, renamed and put into units."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from invoices.fonts import printable_characters
from portal import catalogues
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.permissions import Action, allows
from portal.domain.projects import tidy_name
from portal.models.organizations import Organization, Project, ProjectRole, User
from portal.models.projects import ProjectEnd, Unit, UnitProject
from portal.models.teams import TeamMember, TeamProjectRole
from portal.services import history, members, organizations
from portal.services.invoices import last_page
from portal.services.members import Acting


@dataclass(frozen=True, slots=True)
class Listed:
    """A project in the list: its unit, if any, and how many people hold a role in it, by themselves or by a team."""

    project: Project
    unit: Unit | None
    people: int

    @property
    def unit_name(self) -> str:
        """By which the list is grouped; empty without a unit."""
        return self.unit.name if self.unit else ""


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """One page of an organization's projects; `number` is the page shown."""

    items: Sequence[Listed]
    number: int
    total: int


def list_projects(
    session: Session, organization: Organization, *, among: Collection[int], search: str, number: int, size: int
) -> ProjectPage:
    """Page `number` of those of the projects `among` whose name or id contains `search`: by unit, then by name."""
    found = _in_units().where(Project.organization_id == organization.id, Project.id.in_(among))
    if search:
        found = found.where(
            Project.name.icontains(search, autoescape=True) | Project.hex_id.icontains(search, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    number = last_page(number, total=total, size=size)
    page = found.order_by(Unit.name.is_not(None), func.lower(Unit.name), func.lower(Project.name), Project.id)
    rows = session.execute(page.limit(size).offset((number - 1) * size)).all()
    people = _people_of(session, [project.id for project, _ in rows])
    return ProjectPage([Listed(project, unit, people.get(project.id, 0)) for project, unit in rows], number, total)


def unit_of(session: Session, project: Project) -> Unit | None:
    """The unit in which the project stands."""
    query = select(Unit).join(UnitProject, UnitProject.unit_id == Unit.id)
    return session.scalar(query.where(UnitProject.project_id == project.id))


def by_keys(session: Session, project_ids: Collection[int]) -> Sequence[Project]:
    """The projects with these keys, by name."""
    return session.scalars(select(Project).where(Project.id.in_(project_ids)).order_by(Project.name)).all()


def create(
    session: Session, organization: Organization, name: str, *, by: User, at: datetime, unit: Unit | None = None
) -> Project:
    """Add a project; who creates it gets the role that the catalogue gives to creators (PROJ-1, PROJ-2, PROJ-3).

    Refused for a name that is taken in any case of letters, or when the organization has all it can have (ROLE-6).
    """
    acting = acting_for(session, organization, by, Action.CREATE_PROJECTS)
    name = tidy_name(name, what="project", printable=printable_characters())
    check_free(session, organization, name)
    project = organizations.create_project(session, organization, name, at=at)
    give_to_creator(session, acting, project)
    detail = f"{name}, in the unit {unit.name}." if unit else f"{name}."
    if unit:
        session.add(UnitProject(project_id=project.id, unit_id=unit.id))
    history.record(session, organization, Event.PROJECT_CREATED, at=at, by=by, project=project, detail=detail)
    return project


def rename(session: Session, project: Project, name: str, *, by: User, at: datetime) -> None:
    """Call a project otherwise; invoices that are closed keep the name they were closed with (PROJ-2)."""
    acting_for(session, project.organization, by, Action.MANAGE_PROJECT_MEMBERS, project=project)
    name = tidy_name(name, what="project", printable=printable_characters())
    if name == project.name:
        return
    check_free(session, project.organization, name, but=project)
    detail = f"{project.name} is now {name}."
    project.name = name
    history.record(session, project.organization, Event.PROJECT_RENAMED, at=at, by=by, project=project, detail=detail)


def acting_for(
    session: Session, organization: Organization, by: User, action: Action, *, project: Project | None = None
) -> Acting:
    """Hold the organization, and refuse who may do this no more since the page was opened (PROJ-7)."""
    acting = members.acting(session, organization, by)
    if project is not None and organizations.find_project(session, organization, project.hex_id) is None:
        raise Overtaken(f"The project {project.name} is no longer here.")
    if not allows(acting.roles, acting.grants, action, project=project.id if project else None):
        raise Overtaken("You may no longer do this.")
    return acting


def give_to_creator(session: Session, acting: Acting, project: Project) -> None:
    """Give who made the project the role of creators, where the catalogue has one."""
    role = catalogues.load(acting.organization.catalogue).projects.creator_role
    member = members.find_by_address(session, acting.organization, acting.user.email)
    held = {(one.project_id, one.role) for one in member.project_roles} if member else set()
    if role and member and (project.id, role) not in held:
        session.add(ProjectRole(membership_id=member.id, project_id=project.id, role=role))
        session.flush()
        session.expire(member, ["project_roles"])


def check_free(session: Session, organization: Organization, name: str, *, but: Project | None = None) -> None:
    """Refuse a name that another project of the organization has, in any case of letters (PROJ-2)."""
    taken = select(Project.id).where(Project.organization_id == organization.id)
    taken = taken.where(func.lower(Project.name) == func.lower(name))
    if session.scalar(taken.where(Project.id != but.id) if but else taken):
        raise Refusal(f"{organization.name} already has a project “{name}”.")


def people_in(project_ids: Collection[int]) -> Select[int, int]:
    """Project and membership of everybody who holds a role in one of these, by themselves or by a team, each once."""
    own = select(ProjectRole.project_id, ProjectRole.membership_id).where(ProjectRole.project_id.in_(project_ids))
    by_team = (
        select(TeamProjectRole.project_id, TeamMember.membership_id)
        .join(TeamMember, TeamMember.team_id == TeamProjectRole.team_id)
        .where(TeamProjectRole.project_id.in_(project_ids))
    )
    found = union(own, by_team).subquery()
    return select(found.c.project_id, found.c.membership_id)


def _people_of(session: Session, project_ids: Sequence[int]) -> dict[int, int]:
    found = people_in(project_ids).subquery()
    counted = select(found.c.project_id, func.count()).group_by(found.c.project_id)
    return dict(session.execute(counted).all()) if project_ids else {}


def _in_units() -> Select[Project, Unit]:
    ended = select(ProjectEnd.project_id).where(ProjectEnd.project_id == Project.id)
    return (
        select(Project, Unit)
        .outerjoin(UnitProject, UnitProject.project_id == Project.id)
        .outerjoin(Unit, Unit.id == UnitProject.unit_id)
        .where(~ended.exists())
    )
