"""Teams: the list of them, one of them, a new one, renamed, deleted."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.projects.forms import ConfirmationForm, NameForm, PersonForm, TeamRoleForm, is_done
from portal.blueprints.projects.routes import bp
from portal.domain.permissions import Action
from portal.models.teams import Team
from portal.services import teams as all_teams
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires, visible_projects
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, Paged, page_number

LIST, TEAM = "projects/teams.html", "projects/team.html"
NAMING, DELETION = "projects/team_name.html", "projects/team_deletion.html"


@bp.get("/teams")
@requires(Action.VIEW_SETTINGS)
def teams() -> ResponseReturnValue:
    """All teams."""
    return htmx.page(LIST, teams=all_teams.teams_of(db.session(), current_organization()))


@bp.get("/teams/new")
@requires(Action.MANAGE_MEMBERS)
def new_team() -> ResponseReturnValue:
    """The form of a new team."""
    return htmx.page(NAMING, form=NameForm(), team=None)


@bp.post("/teams")
@requires(Action.MANAGE_MEMBERS)
@once
def create_team() -> ResponseReturnValue:
    """Create a team."""
    form, here, made = NameForm(), current_organization(), []

    def act() -> None:
        name = form.name.data or ""
        made.append(all_teams.create(db.session(), here, name, by=current_user(), at=clock.now()))

    if not form.validate() or not is_done(act, form.name):
        return htmx.refused(NAMING, form=form, team=None)
    flash(f"The team {made[0].name} is created. Now add people and roles.")
    return htmx.leave(url_for(".team", team=made[0].hex_id))


@bp.get("/teams/<team>")
@requires(Action.VIEW_SETTINGS)
def team(team: str) -> ResponseReturnValue:
    """Who is in it, and which roles it holds in the projects that one may see."""
    return htmx.page(TEAM, **drawn(found_team(team)))


@bp.get("/teams/<team>/name")
@requires(Action.MANAGE_MEMBERS)
def team_name(team: str) -> ResponseReturnValue:
    """The form of its name."""
    found = found_team(team)
    return htmx.page(NAMING, form=NameForm(name=found.name), team=found)


@bp.post("/teams/<team>/name")
@requires(Action.MANAGE_MEMBERS)
@repeatable("the same name twice is one")
def rename_team(team: str) -> ResponseReturnValue:
    """Call it otherwise."""
    form, found, here = NameForm(), found_team(team), current_organization()
    name = form.name.data or ""
    if not form.validate() or not is_done(
        lambda: all_teams.rename(db.session(), here, found, name, by=current_user(), at=clock.now()), form.name
    ):
        return htmx.refused(NAMING, form=form, team=found)
    flash("The team is renamed.")
    return htmx.leave(url_for(".team", team=found.hex_id))


@bp.get("/teams/<team>/deletion")
@requires(Action.MANAGE_MEMBERS)
def team_deletion(team: str) -> ResponseReturnValue:
    """The form that asks for its name."""
    return htmx.page(DELETION, form=ConfirmationForm(), team=found_team(team))


@bp.post("/teams/<team>/deletion")
@requires(Action.MANAGE_MEMBERS)
@repeatable("a team is deleted once; after that it is not there")
def delete_team(team: str) -> ResponseReturnValue:
    """Delete the team; its people stay members of the organization."""
    form, found = ConfirmationForm(), found_team(team)
    if not form.confirms(found.name):
        return htmx.refused(DELETION, form=form, team=found)
    all_teams.remove(db.session(), current_organization(), found, by=current_user(), at=clock.now())
    flash(f"The team {form.name.data} is deleted.")
    return htmx.leave(url_for(".teams"))


def found_team(hex_id: str) -> Team:
    """The team of this organization with this id, or 404."""
    found = all_teams.find(db.session(), current_organization(), hex_id)
    if found is None:
        abort(404)
    return found


def drawn(
    shown: Team, *, person_form: PersonForm | None = None, role_form: TeamRoleForm | None = None
) -> dict[str, Any]:
    """What the page of a team shows, with the forms that add people and roles."""
    session, projects, roles = db.session(), visible_projects(), current_catalogue().roles
    found = all_teams.people_of(session, shown, number=page_number(), size=PAGE_SIZE)
    held = all_teams.roles_of(session, shown)
    return {
        "team": shown,
        "paged": Paged(found.items, found.number, found.total),
        "held": [(project, held[project.id]) for project in projects if project.id in held],
        "roles": roles.project,
        "person_form": person_form or PersonForm(),
        "role_form": role_form or TeamRoleForm(projects, roles),
    }
