"""How projects end in an organization: deleted, or moved into another one; and what stands against it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session, aliased

from portal import catalogues
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.invoicing import InvoiceStatus
from portal.domain.permissions import Action, allows
from portal.domain.projects import ProjectEnding
from portal.models.invitations import InvitationProjectRole
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.organizations import Membership, Organization, Project, ProjectRole, User
from portal.models.projects import ProjectEnd, UnitProject
from portal.models.teams import TeamProjectRole
from portal.models.usage import UsageRow
from portal.services import history, months, organizations, projects

_SETTLED = (InvoiceStatus.PAID, InvoiceStatus.PREPAID, InvoiceStatus.FREE, InvoiceStatus.FORGIVEN)
_MOST_NAMED = 3
# Room for what is written behind the name.
_LONGEST_KEPT = 70


@dataclass(frozen=True, slots=True)
class EndedProject:
    """A project that ended, for who still sends usage of it: its name then, its id, and what happened, in words."""

    organization_id: int
    name: str
    hex_id: str
    words: str


def obstacles(session: Session, project: Project) -> tuple[str, ...]:
    """Why the project cannot be deleted now, each in a sentence; nothing when it can (PROJ-4)."""
    return (*_open_invoices(session, project), *_unbilled_usage(session, project))


def remove(session: Session, project: Project, *, by: User, at: datetime) -> None:
    """Delete a project: its row and its usage stay, nobody has a role in it, its name is free; refused by `obstacles`.

    Imports hold the organization as well, so that no usage comes between the question and the end.
    """
    organization = project.organization
    projects.acting_for(session, organization, by, Action.DELETE_PROJECTS, project=project)
    if against := obstacles(session, project):
        raise Refusal(" ".join(against))
    name = _end(session, project, ProjectEnding.DELETED, by=by, at=at)
    history.record(session, organization, Event.PROJECT_DELETED, at=at, by=by, project=project, detail=f"{name}.")


def targets_of(session: Session, project: Project, user_id: int) -> Sequence[Organization]:
    """The organizations to which this person may move the project, by name (PROJ-5)."""
    return [
        membership.organization
        for membership in organizations.memberships_of(session, user_id)
        if membership.organization_id != project.organization_id
        and membership.organization.catalogue == project.organization.catalogue
        and _may_create(membership)
    ]


def move(session: Session, project: Project, to: Organization, *, by: User, at: datetime) -> Project:
    """Let the project go on in another organization, as a project of its own with a new id (PROJ-5, PROJ-6).

    What it used until now stays, and is billed, where it was used. Members of both keep their roles in it.
    """
    source = project.organization
    if not catalogues.load(source.catalogue).projects.may_move or to.catalogue != source.catalogue or to is source:
        raise Refusal("This project cannot be moved there.")
    months.lock_all(session, [source.id, to.id])
    projects.acting_for(session, source, by, Action.DELETE_PROJECTS, project=project)
    acting = projects.acting_for(session, to, by, Action.CREATE_PROJECTS)
    name = project.name
    projects.check_free(session, to, name)
    new = organizations.create_project(session, to, name, at=at)
    _keep_roles(session, project, new)
    projects.give_to_creator(session, acting, new)
    _end(session, project, ProjectEnding.MOVED, by=by, at=at, moved_to=new)
    for organization, event, here, words in (
        (source, Event.PROJECT_MOVED_OUT, project, f"{name}, to {to.name}."),
        (to, Event.PROJECT_MOVED_IN, new, f"{name}, from {source.name}."),
    ):
        history.record(session, organization, event, at=at, by=by, project=here, detail=words)
    return new


def ended(session: Session, organization_ids: Collection[int]) -> Iterator[EndedProject]:
    """The projects of these organizations that ended, the newest last."""
    query = select(Project.organization_id, ProjectEnd.name, Project.hex_id, ProjectEnd.ending, ProjectEnd.ended_at)
    query = query.join(ProjectEnd, ProjectEnd.project_id == Project.id)
    for organization_id, name, hex_id, ending, ended_at in session.execute(
        query.where(Project.organization_id.in_(organization_ids)).order_by(ProjectEnd.ended_at, Project.id)
    ):
        was = "deleted" if ending is ProjectEnding.DELETED else "moved to another organization"
        yield EndedProject(organization_id, name, hex_id, f"was {was} on {ended_at.date().isoformat()}")


def _open_invoices(session: Session, project: Project) -> Iterator[str]:
    """Sentences on invoices with lines of the project that are still to be paid."""
    numbers = session.scalars(
        select(Invoice.number)
        .where(
            Invoice.organization_id == project.organization_id,
            Invoice.status.not_in(_SETTLED),
            Invoice.id.in_(select(InvoiceLine.invoice_id).where(InvoiceLine.project_id == project.id)),
        )
        .order_by(Invoice.id)
        .limit(_MOST_NAMED + 1)
    ).all()
    if numbers:
        named = ", ".join(numbers[:_MOST_NAMED]) + (" and more" if len(numbers) > _MOST_NAMED else "")
        is_one = len(numbers) == 1
        yield f"Its usage stands on {'an invoice that is' if is_one else 'invoices that are'} still open: {named}."


def _unbilled_usage(session: Session, project: Project) -> Iterator[str]:
    """A sentence on usage that no closed month has billed, where the vendor's months are closed here."""
    if not catalogues.load(project.organization.catalogue).closes_months:
        return
    closed = months.last_closed(session, [project.organization_id]).get(project.organization_id)
    unbilled = select(UsageRow.id).where(
        UsageRow.organization_id == project.organization_id, UsageRow.project_id == project.id
    )
    if closed:
        unbilled = unbilled.where(UsageRow.posted_on >= closed.ends_before)
    if session.scalar(unbilled.limit(1)):
        yield "It has usage that is not billed yet. It can be deleted once the month is closed and paid."


def _may_create(membership: Membership) -> bool:
    roles = catalogues.load(membership.organization.catalogue).roles
    return allows(roles, organizations.grants_of(membership), Action.CREATE_PROJECTS)


def _keep_roles(session: Session, project: Project, new: Project) -> None:
    """Who is in both organizations holds in the new project what they held themselves in the one before."""
    here, there = aliased(Membership), aliased(Membership)
    held = (
        select(there.id, literal(new.id), ProjectRole.role)
        .join(here, here.id == ProjectRole.membership_id)
        .join(there, there.user_id == here.user_id)
        .where(ProjectRole.project_id == project.id, there.organization_id == new.organization_id)
    )
    session.execute(insert(ProjectRole).from_select(["membership_id", "project_id", "role"], held))


def _end(
    session: Session,
    project: Project,
    ending: ProjectEnding,
    *,
    by: User,
    at: datetime,
    moved_to: Project | None = None,
) -> str:
    """Write the end down, take all roles in the project, and free its name; returns what it was called."""
    name = project.name
    for table in (ProjectRole, TeamProjectRole, InvitationProjectRole, UnitProject):
        session.execute(delete(table).where(table.project_id == project.id))
    project.name = _kept_name(session, project, ending, at=at)
    end = ProjectEnd(project_id=project.id, ending=ending, name=name, ended_by_id=by.id, ended_at=at)
    end.moved_to_id = moved_to.id if moved_to else None
    session.add(end)
    session.flush()
    return name


def _kept_name(session: Session, project: Project, ending: ProjectEnding, *, at: datetime) -> str:
    """What the project is called from now on in lists of usage, as no other one of the organization is."""
    base = f"{project.name[:_LONGEST_KEPT]} ({ending} {at.date().isoformat()}"
    same = Project.organization_id == project.organization_id, Project.name.startswith(base, autoescape=True)
    taken = set(session.scalars(select(Project.name).where(*same)))
    names = (f"{base})" if number == 1 else f"{base}, {number})" for number in count(1))
    return next(name for name in names if name not in taken)
