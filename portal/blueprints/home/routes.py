"""The first page: where one's organizations are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.domain.delinquency import Standing
from portal.domain.money import Money
from portal.domain.periods import Month
from portal.domain.permissions import Action, Grants, Roles, allows
from portal.models.organizations import Membership, Organization, Project
from portal.services import attention, organizations, projects, usage_history
from portal.services.attention import Needs
from portal.web import db, htmx
from portal.web.access import public
from portal.web.identity import signed_in

bp = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class OwnOrganization:
    """An organization as its member sees it in the list; `needs` and `usage` for those who may see its billing.

    `projects` are the ways in for who may not open the organization's own pages.
    """

    membership_id: int
    organization: Organization
    roles: tuple[str, ...]
    may_open: bool
    standing: Standing
    needs: Needs | None
    usage: Money | None
    projects: tuple[Project, ...]


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Signed out: what this is. Signed in: one's organizations; staff without any go to the staff pages."""
    person = signed_in()
    if person is None:
        vendors = [catalogues.load(name) for name in catalogues.names()]
        return htmx.page("home/welcome.html", vendors=vendors)
    memberships = organizations.memberships_of(db.session(), person.user_id)
    if person.staff_roles and not memberships:
        return redirect(url_for("staff.index"), 303)
    own = _own(memberships, on=clock.today())
    is_staff = bool(person.staff_roles)
    return htmx.page("home/organizations.html", own=own, month=Month.of(clock.today()), is_staff=is_staff)


def _own(memberships: Sequence[Membership], *, on: date) -> list[OwnOrganization]:
    grants = {membership.organization_id: organizations.grants_of(membership) for membership in memberships}
    billed = [
        membership.organization_id
        for membership in memberships
        if _may(membership, grants[membership.organization_id], Action.VIEW_BILLING)
    ]
    needs = attention.needs_of(db.session(), list(grants), on=on)
    usage = usage_history.usage_so_far(db.session(), billed, on=on)
    ways_in = _ways_in(memberships, grants)
    return [
        OwnOrganization(
            membership_id=membership.id,
            organization=membership.organization,
            roles=organizations.role_names(grants[key], _roles(membership)),
            may_open=_may(membership, grants[key], Action.VIEW_ORGANIZATION),
            standing=needs[key].standing,
            needs=needs[key] if key in usage else None,
            usage=usage.get(key),
            projects=tuple(ways_in.get(key, ())),
        )
        for key, membership in zip(grants, memberships, strict=True)
    ]


def _ways_in(memberships: Sequence[Membership], grants: Mapping[int, Grants]) -> Mapping[int, Sequence[Project]]:
    """The projects that somebody works in without a page of their organization, by the organization."""
    held = {
        project_id
        for membership in memberships
        for project_id in grants[membership.organization_id].project_roles
        if not _may(membership, grants[membership.organization_id], Action.VIEW_ORGANIZATION)
        and allows(_roles(membership), grants[membership.organization_id], Action.VIEW_PROJECT, project=project_id)
    }
    found: dict[int, list[Project]] = {}
    for project in projects.by_keys(db.session(), held) if held else ():
        found.setdefault(project.organization_id, []).append(project)
    return found


def _may(membership: Membership, grants: Grants, action: Action) -> bool:
    return allows(_roles(membership), grants, action)


def _roles(membership: Membership) -> Roles:
    return catalogues.load(membership.organization.catalogue).roles
