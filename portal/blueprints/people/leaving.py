"""Leaving an organization by oneself, also for those who may open none of its pages."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.people.routes import membership_bp
from portal.domain.errors import Refusal
from portal.models.organizations import Membership
from portal.services import members, organizations, role_changes
from portal.services.members import Acting
from portal.web import db, htmx
from portal.web.access import signed_in
from portal.web.idempotency import once
from portal.web.identity import current_user


@membership_bp.get("/<int:membership_id>/leaving")
@signed_in
def leaving(membership_id: int) -> ResponseReturnValue:
    """What leaving means, or why it is refused."""
    own = _own(membership_id)
    roles = catalogues.load(own.organization.catalogue).roles
    acting = Acting(current_user(), own.organization, roles, organizations.grants_of(own))
    refusal = None
    try:
        role_changes.check_may_leave(db.session(), acting, own)
    except Refusal as reason:
        refusal = str(reason)
    return htmx.page("people/leaving.html", own=own, left=own.organization, refusal=refusal)


@membership_bp.post("/<int:membership_id>/leaving")
@signed_in
@once
def leave(membership_id: int) -> ResponseReturnValue:
    """Go."""
    organization = _own(membership_id).organization
    role_changes.leave(db.session(), organization, by=current_user(), at=clock.now())
    flash(f"You have left {organization.name}.")
    return redirect(url_for("home.index"), 303)


def _own(membership_id: int) -> Membership:
    """One's own membership; anybody else's is none."""
    found = members.find_own(db.session(), current_user(), membership_id)
    if found is None:
        raise Refusal("You are not in this organization, or have left it already.")
    return found
