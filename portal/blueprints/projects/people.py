"""The people of a project: added, given other roles, removed."""

from __future__ import annotations

from flask import abort, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.projects.forms import ProjectPersonForm, RolesForm, is_done
from portal.blueprints.projects.routes import PROJECT, bp, drawn
from portal.domain.permissions import Action
from portal.models.organizations import Membership
from portal.services import members, project_people
from portal.services.invitations import Sender
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, current_project, requires
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user

PERSON = "projects/person.html"


@bp.post("/projects/<project>/people")
@requires(Action.MANAGE_PROJECT_MEMBERS)
@once
def add_person() -> ResponseReturnValue:
    """Give a member of the organization a role in the project."""
    form, shown = ProjectPersonForm(current_catalogue().roles), current_project()
    said = []

    def act() -> None:
        email, role = form.email.data or "", form.role.data or ""
        said.append(project_people.add(db.session(), _sender(), shown, email, role, at=clock.now()))

    if not form.validate() or not is_done(act, form.email):
        return htmx.refused(PROJECT, **drawn(form))
    flash(said[0])
    return htmx.leave(url_for(".project", project=shown.hex_id))


@bp.get("/projects/<project>/people/<int:member_id>")
@requires(Action.MANAGE_PROJECT_MEMBERS)
def person(member_id: int) -> ResponseReturnValue:
    """The roles that somebody holds in the project by themselves."""
    member = _member(member_id)
    held = _held(member)
    form = RolesForm(current_catalogue().roles, held)
    return htmx.page(PERSON, form=form, project=current_project(), member=member, held=held)


@bp.post("/projects/<project>/people/<int:member_id>")
@requires(Action.MANAGE_PROJECT_MEMBERS)
@repeatable("the same roles twice are given once")
def change_person(member_id: int) -> ResponseReturnValue:
    """Give somebody the roles that are ticked, and no other ones in the project."""
    member, shown = _member(member_id), current_project()
    form, seen = RolesForm(current_catalogue().roles, ()), request.form.get("seen", "").split()
    wanted, at = form.role.data or [], clock.now()
    if not form.validate() or not is_done(
        lambda: project_people.change(db.session(), shown, member.id, wanted, seen=seen, by=current_user(), at=at),
        form.role,
    ):
        return htmx.refused(PERSON, form=form, project=shown, member=member, held=seen)
    flash(f"The roles of {member.user.name} are changed.")
    return htmx.leave(url_for(".project", project=shown.hex_id))


@bp.post("/projects/<project>/people/<int:member_id>/removal")
@requires(Action.MANAGE_PROJECT_MEMBERS)
@repeatable("who is removed already stays so")
def remove_person(member_id: int) -> ResponseReturnValue:
    """Take all roles in the project that somebody holds by themselves."""
    member, shown = _member(member_id), current_project()
    project_people.remove(db.session(), shown, member.id, by=current_user(), at=clock.now())
    flash(f"{member.user.name} has no role of their own in {shown.name} any more.")
    # Who removes themselves may not see the project any more.
    is_self = member.user_id == current_user().id
    return htmx.leave(url_for(".index") if is_self else url_for(".project", project=shown.hex_id))


def _sender() -> Sender:
    base_url: str = current_app.extensions["origin"]
    return Sender(organization=current_organization(), by=current_user(), base_url=base_url)


def _member(member_id: int) -> Membership:
    found = members.find(db.session(), current_organization(), member_id)
    if found is None:
        abort(404)
    return found


def _held(member: Membership) -> list[str]:
    return sorted(members.own_grants(member).project_roles.get(current_project().id, frozenset()))
