"""Inviting people, and the invitations that nobody answered yet."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.people.forms import InviteForm
from portal.blueprints.people.routes import bp, current_acting
from portal.domain import membership
from portal.domain.errors import Refusal
from portal.domain.permissions import Action, Grants, Roles, allows
from portal.models.organizations import Project
from portal.services import invitations, organizations
from portal.services.invitations import Sender
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires, visible_projects
from portal.web.idempotency import once
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, place_before

INVITE, OPEN = "people/invite.html", "people/invitations.html"


@bp.get("/invitations/new")
@requires(Action.MANAGE_MEMBERS)
def invite() -> ResponseReturnValue:
    """The form; `?email=` comes with an address filled in."""
    form, _ = _form_for_all()
    form.addresses.data = request.args.get("email", "")[:254]
    return _drawn(form)


@bp.post("/invitations/new")
@requires(Action.MANAGE_MEMBERS)
@once
def send_invitations() -> ResponseReturnValue:
    """Invite everybody named, or nobody where something is wrong."""
    return _sent(*_form_for_all())


@bp.get("/collaborators/new")
@requires(Action.INVITE_COLLABORATORS)
def invite_collaborators() -> ResponseReturnValue:
    """The form for who may invite into projects only."""
    form, _ = _form_for_projects()
    return _drawn(form)


@bp.post("/collaborators/new")
@requires(Action.INVITE_COLLABORATORS)
@once
def send_to_collaborators() -> ResponseReturnValue:
    """Invite people into projects."""
    return _sent(*_form_for_projects())


@bp.get("/invitations")
@requires(Action.MANAGE_MEMBERS)
def open_invitations() -> ResponseReturnValue:
    """What nobody answered yet, the newest first."""
    session, organization = db.session(), current_organization()
    start = place_before()
    found = invitations.open_ones(session, organization, before=start, limit=PAGE_SIZE + 1)
    rows = [(one, invitations.offered(one), one.expires_at <= clock.now()) for one in found[:PAGE_SIZE]]
    names = {project.id: project.name for project in organizations.projects_of(session, organization)}
    older = found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None
    return htmx.page(OPEN, rows=rows, start=start, older=older, roles=current_catalogue().roles, project_names=names)


@bp.post("/invitations/<invitation_id>/resend")
@requires(Action.MANAGE_MEMBERS)
@once
def resend(invitation_id: str) -> ResponseReturnValue:
    """Send it again; it is good for its whole time anew."""
    invitation = invitations.resend(db.session(), _sender(), invitation_id, at=clock.now())
    flash(f"The invitation is sent to {invitation.email} again.")
    return redirect(url_for(".open_invitations"), 303)


@bp.post("/invitations/<invitation_id>/revocation")
@requires(Action.MANAGE_MEMBERS)
@once
def revoke(invitation_id: str) -> ResponseReturnValue:
    """Take it back."""
    invitation = invitations.revoke(db.session(), _sender(), invitation_id, at=clock.now())
    flash(f"The invitation of {invitation.email} is revoked.")
    return redirect(url_for(".open_invitations"), 303)


def _form_for_all() -> tuple[InviteForm, Sequence[Project]]:
    form, roles = InviteForm(), current_catalogue().roles
    projects = organizations.projects_of(db.session(), current_organization())
    form.offer(roles, list(roles.project.values()), projects)
    return form, projects


def _form_for_projects() -> tuple[InviteForm, Sequence[Project]]:
    form, projects = InviteForm(), visible_projects()
    roles = current_catalogue().roles
    form.offer(Roles({}, roles.project), list(roles.project.values()), projects)
    return form, projects


def _sent(form: InviteForm, projects: Sequence[Project]) -> ResponseReturnValue:
    acting = current_acting()
    if not form.validate():
        return _drawn(form, refused=True)
    offer = form.offered(projects)
    try:
        addresses = membership.parse_addresses(form.addresses.data or "")
        _check_offer(form, offer)
        made = invitations.invite(db.session(), _sender(), addresses, offer=offer, at=clock.now())
    except Refusal as refusal:
        if not form.errors:
            form.addresses.errors = [str(refusal)]
        return _drawn(form, refused=True)
    flash(f"{made[0].email} is invited." if len(made) == 1 else f"{len(made)} people are invited.")
    manages = allows(acting.roles, acting.grants, Action.MANAGE_MEMBERS)
    return redirect(url_for(".open_invitations" if manages else ".index"), 303)


def _check_offer(form: InviteForm, offer: Grants) -> None:
    """Say beside the roles what is wrong with the roles."""
    acting = current_acting()
    given = membership.with_organization_roles(offer, offer.organization_roles or membership.plain_roles(acting.roles))
    field = form.role if "role" in form else form.project_role
    try:
        membership.check_known(acting.roles, given)
        membership.check_may_give(acting.roles, acting.grants, given)
    except Refusal as refusal:
        field.errors = [str(refusal)]
        raise


def _drawn(form: InviteForm, *, refused: bool = False) -> ResponseReturnValue:
    roles = current_catalogue().roles
    helps = {key: role.description for table in (roles.organization, roles.project) for key, role in table.items()}
    draw = htmx.refused if refused else htmx.page
    return draw(INVITE, form=form, helps=helps, most=membership.MOST_AT_ONCE, action=request.path, refused=refused)


def _sender() -> Sender:
    base_url: str = current_app.extensions["origin"]
    return Sender(organization=current_organization(), by=current_user(), base_url=base_url)
