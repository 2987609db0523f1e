"""Changes of one person: roles with their effect, removal, the handing over of ownership."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.people.routes import bp, current_acting, found_member
from portal.domain import membership
from portal.domain.errors import Refusal
from portal.domain.membership import Effect
from portal.domain.permissions import Action, Grants, OrganizationRole, ProjectRole
from portal.models.organizations import Membership, Project
from portal.services import members, organizations, role_changes
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires
from portal.web.idempotency import once
from portal.web.identity import current_user

PAGES = "people/roles.html", "people/_effect.html"
REMOVAL, HANDOVER = "people/removal.html", "people/handover.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Roles that were chosen for a person, in the organization or in one project, and what comes of it."""

    member: Membership
    project: Project | None
    offered: Mapping[str, OrganizationRole | ProjectRole]
    chosen: frozenset[str]
    before: Grants
    wanted: Grants

    @property
    def place(self) -> str:
        """Where the roles are held."""
        return self.project.name if self.project else current_organization().name

    @property
    def mark(self) -> str:
        """What says on the page which roles it was drawn with."""
        return membership.mark(self.before)


@bp.get("/<int:member_id>/roles")
@requires(Action.MANAGE_MEMBERS)
def roles(member_id: int) -> ResponseReturnValue:
    """Choose roles, in the organization or in `?project=`, and see the effect before anything is changed."""
    # Without any box ticked nothing is sent: the form says that something was chosen.
    given = request.args.getlist("role") if "chosen" in request.args else None
    choice = _choice(member_id, request.args.get("project", ""), given)
    effect, refusal = _effect(choice)
    return htmx.page(*PAGES, choice=choice, effect=effect, refusal=refusal)


@bp.post("/<int:member_id>/role-change")
@requires(Action.MANAGE_MEMBERS)
@once
def change_roles(member_id: int) -> ResponseReturnValue:
    """Give the person the roles whose effect was shown."""
    chosen = [key for key in request.form.get("roles", "").split(",") if key]
    choice = _choice(member_id, request.form.get("project", ""), chosen)
    seen, by = request.form.get("seen", ""), current_user()
    organization = current_organization()
    role_changes.change(db.session(), organization, member_id, choice.wanted, seen=seen, by=by, at=clock.now())
    flash(f"The roles of {choice.member.user.name} are changed.")
    # Who changed their own may perhaps not see people any more.
    is_self = choice.member.user_id == by.id
    return redirect(url_for("home.index") if is_self else url_for(".person", member_id=member_id), 303)


@bp.get("/<int:member_id>/removal")
@requires(Action.MANAGE_MEMBERS)
def removal(member_id: int) -> ResponseReturnValue:
    """What a removal takes away, or why it is refused."""
    member = found_member(member_id)
    refusal = None
    try:
        role_changes.check_removable(db.session(), current_acting(), member)
    except Refusal as reason:
        refusal = str(reason)
    held = organizations.grants_of(member)
    return htmx.page(REMOVAL, member=member, effect=_effect_of(held, Grants()), refusal=refusal)


@bp.post("/<int:member_id>/removal")
@requires(Action.MANAGE_MEMBERS)
@once
def remove(member_id: int) -> ResponseReturnValue:
    """End the person's belonging."""
    name = found_member(member_id).user.name
    role_changes.remove(db.session(), current_organization(), member_id, by=current_user(), at=clock.now())
    flash(f"{name} is removed from {current_organization().name}.")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:member_id>/handover")
@requires(Action.MANAGE_MEMBERS)
def handover(member_id: int) -> ResponseReturnValue:
    """Which role one takes in exchange."""
    acting, member = current_acting(), found_member(member_id)
    remaining = membership.remaining_roles(acting.roles)
    return htmx.page(
        HANDOVER,
        member=member,
        handed=[role.name for key, role in acting.roles.organization.items() if key in remaining],
        others=[role for key, role in acting.roles.organization.items() if key not in remaining],
    )


@bp.post("/<int:member_id>/handover")
@requires(Action.MANAGE_MEMBERS)
@once
def hand_over(member_id: int) -> ResponseReturnValue:
    """Make somebody else what one was."""
    member, becomes, by = found_member(member_id), request.form.get("role", ""), current_user()
    organization, session = current_organization(), db.session()
    role_changes.hand_over(session, organization, member_id, becomes=becomes, by=by, at=clock.now())
    flash(f"Ownership is handed over to {member.user.name}.")
    return redirect(url_for("home.index"), 303)


def _choice(member_id: int, project_hex_id: str, given: list[str] | None) -> Choice:
    member, catalogue_roles = found_member(member_id), current_catalogue().roles
    before = members.own_grants(member)
    if not project_hex_id:
        chosen = frozenset(given) if given is not None else before.organization_roles
        wanted = membership.with_organization_roles(before, chosen)
        offered: Mapping[str, OrganizationRole | ProjectRole] = catalogue_roles.organization
        return Choice(member=member, project=None, offered=offered, chosen=chosen, before=before, wanted=wanted)
    project = organizations.find_project(db.session(), current_organization(), project_hex_id)
    if project is None:
        abort(404)
    chosen = frozenset(given) if given is not None else before.project_roles.get(project.id, frozenset())
    wanted = membership.with_project_roles(before, project.id, chosen)
    return Choice(
        member=member, project=project, offered=catalogue_roles.project, chosen=chosen, before=before, wanted=wanted
    )


def _effect(choice: Choice) -> tuple[Effect, str | None]:
    """What the choice comes to, and why it is refused where it is; nothing was chosen yet where nothing changes."""
    if choice.wanted == choice.before:
        return Effect((), ()), None
    try:
        role_changes.check_change(db.session(), current_acting(), choice.member, choice.wanted)
    except Refusal as reason:
        return Effect((), ()), str(reason)
    held_before, held_after = (members.with_teams(choice.member, own) for own in (choice.before, choice.wanted))
    return _effect_of(held_before, held_after), None


def _effect_of(before: Grants, after: Grants) -> Effect:
    names = {project.id: project.name for project in organizations.projects_of(db.session(), current_organization())}
    return membership.effect(current_catalogue().roles, before, after, names=names)
