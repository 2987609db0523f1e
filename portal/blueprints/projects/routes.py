"""Projects: the list of them, one of them, a new one, and what it is called."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.projects.forms import ProjectForm, ProjectPersonForm, Search, is_done
from portal.domain.periods import Month
from portal.domain.permissions import Action
from portal.models.projects import Unit
from portal.services import project_people, projects, teams, units, usage
from portal.web import db, htmx
from portal.web.access import (
    ORGANIZATION_PREFIX,
    current_catalogue,
    current_organization,
    current_project,
    may,
    may_open,
    requires,
    visible_projects,
)
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, Paged, counted, page_number

LIST = "projects/projects.html", "projects/_projects.html"
PROJECT, FORM = "projects/project.html", "projects/project_form.html"

bp = Blueprint("projects", __name__, url_prefix=ORGANIZATION_PREFIX)


@bp.get("/projects")
@requires(Action.VIEW_ORGANIZATION)
def index() -> ResponseReturnValue:
    """The projects that the person may see, by unit where there are units; searched and paged.

    `?modal=support` is an address that people know: it leads to the form for a new case (NE-10, V-AMB-22).
    """
    if request.args.get("modal") == "support" and may_open("cases.new"):
        return redirect(url_for("cases.new"), 303)
    form, has_units = Search(), current_catalogue().projects.has_units
    if not form.validate():
        return htmx.refused(*LIST, form=form, has_units=has_units, refused=True)
    found = projects.list_projects(
        db.session(),
        current_organization(),
        among=[project.id for project in visible_projects()],
        search=form.q.data or "",
        number=page_number(),
        size=PAGE_SIZE,
    )
    paged = Paged(found.items, found.number, found.total)
    return htmx.page(*LIST, said=counted(paged, "project", "projects"), form=form, paged=paged, has_units=has_units)


@bp.get("/projects/new")
@requires(Action.CREATE_PROJECTS)
def new() -> ResponseReturnValue:
    """The form of a new project."""
    return htmx.page(FORM, form=ProjectForm(_units()), project=None)


@bp.post("/projects")
@requires(Action.CREATE_PROJECTS)
@once
def create() -> ResponseReturnValue:
    """Create a project, in a unit where one is chosen."""
    form, by, at = ProjectForm(_units()), current_user(), clock.now()
    made = []

    def act() -> None:
        name, unit = form.name.data or "", chosen_unit(form)
        made.append(projects.create(db.session(), current_organization(), name, by=by, at=at, unit=unit))

    if not form.validate() or not is_done(act, form.name):
        return htmx.refused(FORM, form=form, project=None)
    flash(f"The project {made[0].name} is created.")
    return htmx.leave(url_for(".project", project=made[0].hex_id))


@bp.get("/projects/<project>")
@requires(Action.VIEW_PROJECT)
def project() -> ResponseReturnValue:
    """What the project is, and who works in it."""
    return htmx.page(PROJECT, **drawn(ProjectPersonForm(current_catalogue().roles)))


@bp.get("/projects/<project>/settings")
@requires(Action.MANAGE_PROJECT_MEMBERS)
def settings() -> ResponseReturnValue:
    """The form of its name and unit."""
    shown = current_project()
    unit = projects.unit_of(db.session(), shown)
    form = ProjectForm(_units(), name=shown.name, unit=unit.hex_id if unit else "")
    return htmx.page(FORM, form=form, project=shown)


@bp.post("/projects/<project>/settings")
@requires(Action.MANAGE_PROJECT_MEMBERS)
@repeatable("the same name and unit twice are one")
def change() -> ResponseReturnValue:
    """Rename it, and put it into the unit that is chosen."""
    form, shown, by, at = ProjectForm(_units()), current_project(), current_user(), clock.now()

    def act() -> None:
        projects.rename(db.session(), shown, form.name.data or "", by=by, at=at)
        if "unit" in form:
            units.put(db.session(), shown, chosen_unit(form), by=by, at=at)

    if not form.validate() or not is_done(act, form.name):
        return htmx.refused(FORM, form=form, project=shown)
    flash("The project is changed.")
    return htmx.leave(url_for(".project", project=shown.hex_id))


def drawn(form: ProjectPersonForm) -> dict[str, Any]:
    """What the page of the project in the address shows, with the form that adds a person."""
    shown, session, roles = current_project(), db.session(), current_catalogue().roles
    found = project_people.people_of(session, shown, number=page_number(), size=PAGE_SIZE)
    return {
        "form": form,
        "project": shown,
        "unit": projects.unit_of(session, shown),
        # The list of lines is narrowed to projects that it holds.
        "is_used": may(Action.VIEW_BILLING) and usage.is_used(session, shown, Month.of(clock.today())),
        "paged": Paged(found.items, found.number, found.total),
        "teams": teams.in_project(session, shown),
        "roles": roles.project,
    }


def chosen_unit(form: ProjectForm) -> Unit | None:
    """The unit that was chosen; None for none."""
    hex_id = form.unit.data if "unit" in form else ""
    return units.find(db.session(), current_organization(), hex_id) if hex_id else None


def _units() -> list[Unit]:
    has_units = current_catalogue().projects.has_units
    return list(units.units_of(db.session(), current_organization())) if has_units else []
