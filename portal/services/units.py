"""Units: parts of an organization that projects are put into, where the catalogue has them (PROJ-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invoices.fonts import printable_characters
from portal import catalogues
from portal.domain.errors import Overtaken, Refusal
from portal.domain.events import Event
from portal.domain.permissions import Action
from portal.domain.projects import tidy_name
from portal.models.organizations import Organization, Project, User
from portal.models.projects import Unit, UnitProject
from portal.services import history, projects

MOST_UNITS = 100


def units_of(session: Session, organization: Organization) -> Sequence[Unit]:
    """The organization's units by name."""
    query = select(Unit).where(Unit.organization_id == organization.id)
    return session.scalars(query.order_by(func.lower(Unit.name), Unit.id)).all()


def find(session: Session, organization: Organization, hex_id: str) -> Unit | None:
    """The unit of this organization with this id; another organization's is absent."""
    return session.scalar(select(Unit).where(Unit.organization_id == organization.id, Unit.hex_id == hex_id))


def count_projects(session: Session, units: Sequence[Unit]) -> Mapping[int, int]:
    """How many projects stand in each of the units, by the unit's key; an empty one is left out."""
    counted = select(UnitProject.unit_id, func.count()).where(UnitProject.unit_id.in_([unit.id for unit in units]))
    return dict(session.execute(counted.group_by(UnitProject.unit_id)).all())


def create(session: Session, organization: Organization, name: str, *, by: User, at: datetime) -> Unit:
    """Add a unit; refused where the catalogue has none, and for a name that is taken in any case of letters."""
    projects.acting_for(session, organization, by, Action.CREATE_PROJECTS)
    if not catalogues.load(organization.catalogue).projects.has_units:
        raise Refusal("This organization has no units.")
    if len(units_of(session, organization)) >= MOST_UNITS:
        raise Refusal(f"{organization.name} has {MOST_UNITS} units, and cannot have more.")
    unit = Unit(organization_id=organization.id, name=_free_name(session, organization, name), created_at=at)
    session.add(unit)
    session.flush()
    history.record(session, organization, Event.UNIT_CREATED, at=at, by=by, detail=f"{unit.name}.")
    return unit


def rename(session: Session, organization: Organization, unit: Unit, name: str, *, by: User, at: datetime) -> None:
    """Call a unit otherwise."""
    projects.acting_for(session, organization, by, Action.CREATE_PROJECTS)
    _check_there(session, organization, unit)
    before, unit.name = unit.name, _free_name(session, organization, name, but=unit)
    if unit.name != before:
        detail = f"{before} is now {unit.name}."
        history.record(session, organization, Event.UNIT_RENAMED, at=at, by=by, detail=detail)


def remove(session: Session, organization: Organization, unit: Unit, *, by: User, at: datetime) -> None:
    """Delete an empty unit; refused while projects stand in it."""
    projects.acting_for(session, organization, by, Action.CREATE_PROJECTS)
    _check_there(session, organization, unit)
    if session.scalar(select(UnitProject.project_id).where(UnitProject.unit_id == unit.id).limit(1)):
        raise Refusal(f"Projects stand in {unit.name}. Put them into another unit first.")
    history.record(session, organization, Event.UNIT_DELETED, at=at, by=by, detail=f"{unit.name}.")
    session.delete(unit)
    session.flush()


def put(session: Session, project: Project, unit: Unit | None, *, by: User, at: datetime) -> None:
    """Put a project into a unit of its organization, or (None) into the organization itself."""
    projects.acting_for(session, project.organization, by, Action.MANAGE_PROJECT_MEMBERS, project=project)
    if unit:
        _check_there(session, project.organization, unit)
    held = session.get(UnitProject, project.id)
    if (held.unit_id if held else None) == (unit.id if unit else None):
        return
    if held:
        session.delete(held)
        session.flush()
    if unit:
        session.add(UnitProject(project_id=project.id, unit_id=unit.id))
        session.flush()
    detail = f"{project.name} is now {f'in the unit {unit.name}' if unit else 'in no unit'}."
    event = Event.PROJECT_PUT_INTO_UNIT
    history.record(session, project.organization, event, at=at, by=by, project=project, detail=detail)


def _check_there(session: Session, organization: Organization, unit: Unit) -> None:
    """Refuse a unit that was deleted while one waited for the organization."""
    if session.scalar(select(Unit.id).where(Unit.id == unit.id, Unit.organization_id == organization.id)) is None:
        raise Overtaken("The unit is no longer there.")


def _free_name(session: Session, organization: Organization, name: str, *, but: Unit | None = None) -> str:
    name = tidy_name(name, what="unit", printable=printable_characters())
    same = [unit for unit in units_of(session, organization) if unit.name.lower() == name.lower() and unit is not but]
    if same:
        raise Refusal(f"{organization.name} already has a unit “{same[0].name}”.")
    return name
