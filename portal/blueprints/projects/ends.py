"""Projects: deleted, or moved into another organization."""

from __future__ import annotations

from typing import Any

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.projects.forms import ConfirmationForm, MoveForm, is_done
from portal.blueprints.projects.routes import bp
from portal.domain.permissions import Action
from portal.services import project_ends
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_project, requires
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

DELETION, MOVE = "projects/deletion.html", "projects/move.html"


@bp.get("/projects/<project>/deletion")
@requires(Action.DELETE_PROJECTS)
def deletion() -> ResponseReturnValue:
    """What stands against deleting the project; where nothing does, the form that asks for its name."""
    return htmx.page(DELETION, form=ConfirmationForm(), **_deleting())


@bp.post("/projects/<project>/deletion")
@requires(Action.DELETE_PROJECTS)
@repeatable("a project is deleted once; after that it is not there")
def delete() -> ResponseReturnValue:
    """Delete the project whose name was typed."""
    form, shown = ConfirmationForm(), current_project()
    name = shown.name
    if not form.confirms(name) or not is_done(
        lambda: project_ends.remove(db.session(), shown, by=current_user(), at=clock.now()), form.name
    ):
        return htmx.refused(DELETION, form=form, **_deleting())
    flash(f"The project {name} is deleted.")
    return htmx.leave(url_for(".index"))


@bp.get("/projects/<project>/move")
@requires(Action.DELETE_PROJECTS)
def moving() -> ResponseReturnValue:
    """Where the project can go on, and what that means."""
    targets = _targets()
    return htmx.page(MOVE, form=MoveForm(targets), project=current_project(), targets=targets)


@bp.post("/projects/<project>/move")
@requires(Action.DELETE_PROJECTS)
@once
def move() -> ResponseReturnValue:
    """Move the project into the organization that was chosen."""
    shown, targets = current_project(), _targets()
    form = MoveForm(targets)
    made = []

    def act() -> None:
        to = next(target for target in targets if target.slug == form.organization.data)
        made.append(project_ends.move(db.session(), shown, to, by=current_user(), at=clock.now()))

    if not form.validate() or not is_done(act, form.organization):
        return htmx.refused(MOVE, form=form, project=shown, targets=targets)
    flash(f"The project {made[0].name} is in this organization now.")
    return htmx.leave(url_for(".project", slug=form.organization.data, project=made[0].hex_id))


def _deleting() -> dict[str, Any]:
    shown = current_project()
    return {"project": shown, "obstacles": project_ends.obstacles(db.session(), shown)}


def _targets() -> list[Any]:
    if not current_catalogue().projects.may_move:
        return []
    return list(project_ends.targets_of(db.session(), current_project(), current_user().id))
