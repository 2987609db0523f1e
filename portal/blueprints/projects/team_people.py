"""What a team is: its people, and its roles in projects."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.projects.forms import PersonForm, TeamRoleForm, is_done
from portal.blueprints.projects.routes import bp
from portal.blueprints.projects.teams import TEAM, drawn, found_team
from portal.domain.permissions import Action
from portal.services import organizations, teams
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires, visible_projects
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user


@bp.post("/teams/<team>/people")
@requires(Action.MANAGE_MEMBERS)
@once
def add_to_team(team: str) -> ResponseReturnValue:
    """Add a member of the organization."""
    form, found, here = PersonForm(), found_team(team), current_organization()
    email = form.email.data or ""
    if not form.validate() or not is_done(
        lambda: teams.add_person(db.session(), here, found, email, by=current_user(), at=clock.now()), form.email
    ):
        return htmx.refused(TEAM, **drawn(found, person_form=form))
    flash(f"{email} is in {found.name} now.")
    return htmx.leave(url_for(".team", team=found.hex_id))


@bp.post("/teams/<team>/people/<int:member_id>/removal")
@requires(Action.MANAGE_MEMBERS)
@repeatable("who is not in the team stays out")
def remove_from_team(team: str, member_id: int) -> ResponseReturnValue:
    """Take somebody out of the team."""
    found = found_team(team)
    teams.remove_person(db.session(), current_organization(), found, member_id, by=current_user(), at=clock.now())
    flash("The person is removed from the team.")
    return htmx.leave(url_for(".team", team=found.hex_id))


@bp.post("/teams/<team>/roles")
@requires(Action.MANAGE_MEMBERS)
@once
def give_to_team(team: str) -> ResponseReturnValue:
    """Give the team one role more in a project."""
    projects, found = visible_projects(), found_team(team)
    form = TeamRoleForm(projects, current_catalogue().roles)
    if not form.validate():
        return htmx.refused(TEAM, **drawn(found, role_form=form))
    project = next(one for one in projects if one.hex_id == form.project.data)
    teams.give_role(db.session(), found, project, form.role.data, by=current_user(), at=clock.now())
    flash(f"{found.name} has the role in {project.name}.")
    return htmx.leave(url_for(".team", team=found.hex_id))


@bp.post("/teams/<team>/roles/removal")
@requires(Action.MANAGE_MEMBERS)
@repeatable("a role that is not held stays so")
def take_from_team(team: str) -> ResponseReturnValue:
    """Take one role in a project from the team."""
    found, hex_id = found_team(team), request.form.get("project", "")
    project = organizations.find_project(db.session(), current_organization(), hex_id)
    if project:
        role = request.form.get("role", "")
        teams.take_role(db.session(), found, project, role, by=current_user(), at=clock.now())
        flash("The role is taken from the team.")
    return htmx.leave(url_for(".team", team=found.hex_id))
