"""The first page: where one's organizations are."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.domain.permissions import Action, allows
from portal.models.organizations import Membership, Organization
from portal.services import organizations
from portal.web import db, htmx
from portal.web.access import public
from portal.web.identity import signed_in_user

bp = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class OwnOrganization:
    """An organization as its member sees it in the list."""

    organization: Organization
    roles: tuple[str, ...]
    may_open: bool


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Signed out: what this is. Signed in: one's organizations; staff go to theirs."""
    user = signed_in_user()
    if user is None:
        return htmx.page("home/welcome.html")
    if user.staff_roles:
        return redirect(url_for("staff.index"), 303)
    memberships = organizations.memberships_of(db.session(), user.id)
    return htmx.page("home/organizations.html", own=[_own(membership) for membership in memberships])


def _own(membership: Membership) -> OwnOrganization:
    roles = catalogues.load(membership.organization.catalogue).roles
    grants = organizations.grants_of(membership)
    return OwnOrganization(
        organization=membership.organization,
        roles=organizations.role_names(grants, roles),
        may_open=allows(roles, grants, Action.VIEW_ORGANIZATION),
    )
