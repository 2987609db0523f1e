"""The first page: where one's organizations are."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.domain.delinquency import Standing
from portal.domain.permissions import Action, allows
from portal.models.organizations import Membership, Organization
from portal.services import attention, organizations
from portal.services.attention import Needs
from portal.web import db, htmx
from portal.web.access import public
from portal.web.identity import signed_in_user

bp = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class OwnOrganization:
    """An organization as its member sees it in the list; `needs` for those who may see its billing."""

    organization: Organization
    roles: tuple[str, ...]
    may_open: bool
    standing: Standing
    needs: Needs | None


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Signed out: what this is. Signed in: one's organizations; staff without any go to the staff pages."""
    user = signed_in_user()
    if user is None:
        vendors = [catalogues.load(name) for name in catalogues.names()]
        return htmx.page("home/welcome.html", vendors=vendors)
    memberships = organizations.memberships_of(db.session(), user.id)
    if user.staff_roles and not memberships:
        return redirect(url_for("staff.index"), 303)
    keys = [membership.organization_id for membership in memberships]
    needs = attention.needs_of(db.session(), keys, on=clock.today())
    own = [_own(membership, needs[membership.organization_id]) for membership in memberships]
    return htmx.page("home/organizations.html", own=own, is_staff=bool(user.staff_roles))


def _own(membership: Membership, needs: Needs) -> OwnOrganization:
    roles = catalogues.load(membership.organization.catalogue).roles
    grants = organizations.grants_of(membership)
    return OwnOrganization(
        organization=membership.organization,
        roles=organizations.role_names(grants, roles),
        may_open=allows(roles, grants, Action.VIEW_ORGANIZATION),
        standing=needs.standing,
        needs=needs if allows(roles, grants, Action.VIEW_BILLING) else None,
    )
