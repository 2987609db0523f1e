"""Who may open a route: one mark on each, checked before anything else happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from portal import catalogues
from portal.domain.catalogue import Catalogue
from portal.domain.permissions import Action, Grants, Roles, StaffRole, allows, projects_allowed
from portal.domain.token_scopes import TokenScope
from portal.models.organizations import Organization, Project
from portal.services import belonging, organizations
from portal.web import addresses, bearer, db, departures, htmx, identity, security, visits

ORGANIZATION_PREFIX = "/orgs/<slug>"

View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may open a route. Without `is_public` one must be signed in; `action` is asked of the organization.

    `scope` is for programs: their token alone counts, and nobody is signed in.
    """

    is_public: bool = False
    action: Action | None = None
    staff_roles: frozenset[StaffRole] | None = field(default=None)
    scope: TokenScope | None = None


def public(view: View) -> View:
    """Everybody may open this route."""
    return _mark(view, Guard(is_public=True))


def signed_in(view: View) -> View:
    """Everybody who is signed in may open this route."""
    return _mark(view, Guard())


def requires(action: Action) -> Callable[[View], View]:
    """Members of the organization in the address whose roles permit `action`; for strangers the address does not exist.

    The route lies below `ORGANIZATION_PREFIX`. An action in a project is asked of the `<project>` in the address.
    """
    return lambda view: _mark(view, Guard(action=action))


def staff_only(*roles: StaffRole) -> Callable[[View], View]:
    """The company's own staff with one of `roles`; without any named, all staff."""
    return lambda view: _mark(view, Guard(staff_roles=frozenset(roles or StaffRole)))


def by_token(scope: TokenScope) -> Callable[[View], View]:
    """Programs with a token of this scope; cookies count for nothing here, and so a form cannot be forged."""
    return lambda view: _mark(view, Guard(scope=scope))


def init_app(app: Flask) -> None:
    """Check every request of `app`; the order is person, permission, forged form."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # `_check` does it, after it knows whether somebody is signed in.
    csrf.init_app(app)
    app.url_value_preprocessor(_take_slug)
    app.url_defaults(_give_slug)
    app.before_request(_check)
    app.jinja_env.globals.update(may=may, may_open=may_open, Action=Action)


def check_every_route(app: Flask) -> None:
    """Refuse to start with a route that nobody guards."""
    for rule in app.url_map.iter_rules():
        guard = guard_of(app, rule.endpoint)
        if guard is None:
            raise RuntimeError(f"{rule.rule} ({rule.endpoint}) has no guard: @requires, @signed_in, @staff_only, …")
        if (guard.action is not None) != rule.rule.startswith(f"{ORGANIZATION_PREFIX}/"):
            raise RuntimeError(
                f"{rule.rule} ({rule.endpoint}): a route in an organization, and only one, has @requires"
            )
        if guard.action and guard.action.in_project and "project" not in rule.arguments:
            raise RuntimeError(f"{rule.rule} ({rule.endpoint}) asks {guard.action}, and names no <project>")


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    """The mark on the view behind `endpoint`."""
    return getattr(app.view_functions.get(endpoint), "guard", None)


def current_organization() -> Organization:
    """The organization in the address."""
    organization: Organization = g.organization
    return organization


def current_project() -> Project:
    """The project in the address, on a route that asks for an action in a project."""
    project: Project = g.project
    return project


def current_grants() -> Grants:
    """The roles that the signed-in person holds in this organization; they are of `current_roles`."""
    grants: Grants = g.grants
    return grants


def current_roles() -> Roles:
    """The roles that count here: the catalogue's, and for staff on a visit those of staff (VISIT-4)."""
    return catalogues.load_staff_roles() if visits.current_visit() else current_catalogue().roles


def current_catalogue() -> Catalogue:
    """What this organization can have, and by which rules."""
    return catalogues.load(current_organization().catalogue)


def may(action: Action, *, project: Project | None = None) -> bool:
    """Whether the signed-in person may do this here; for an action in a project, in `project`."""
    if "organization" not in g:
        return False
    return allows(current_roles(), current_grants(), action, project=project.id if project else None)


def may_open(endpoint: str) -> bool:
    """Whether there is such a page, and the signed-in person may open it."""
    guard = guard_of(current_app, endpoint)
    if guard is None:
        return False
    if guard.action:
        return may(guard.action)
    if guard.scope:
        return False
    return guard.is_public or (identity.signed_in() is not None and (guard.staff_roles is None or _is_staff(guard)))


def visible_projects(action: Action = Action.VIEW_PROJECT) -> list[Project]:
    """Those projects of this organization in which the signed-in person may do `action`, by name."""
    return permitted(organizations.projects_of(db.session(), current_organization()), action)


def permitted(projects: Sequence[Project], action: Action) -> list[Project]:
    """Those of the projects in which the signed-in person may do `action`."""
    among = [project.id for project in projects]
    allowed = projects_allowed(current_roles(), current_grants(), action, among=among)
    return [project for project in projects if project.id in allowed]


def _mark(view: View, guard: Guard) -> View:
    if hasattr(view, "guard"):
        raise RuntimeError(f"{view.__name__} has two guards")
    view.guard = guard  # type: ignore[attr-defined]  # the mark is read by `guard_of`
    return view


def _check() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # No such address, or not with this method: the error is on its way.
    if "\0" in request.path:
        abort(404)  # Nothing has such a name, and PostgreSQL refuses to look for it.
    guard = guard_of(current_app, request.endpoint)
    if guard is None:
        abort(403)
    if guard.scope:
        bearer.check(guard.scope)
        return None
    if not guard.is_public and identity.signed_in() is None:
        return _ask_to_sign_in()
    if guard.staff_roles is not None and not _is_staff(guard):
        abort(403)
    if "slug" in g:
        _enter_organization()
    db.write_from(by_staff=guard.staff_roles is not None or visits.current_visit() is not None)
    if guard.action:
        _check_permission(guard.action)
    security.check_origin()
    csrf.protect()
    return None


def _enter_organization() -> None:
    """As a member, or as staff on a visit; for everybody else there is no such organization (ROLE-2, VISIT-2)."""
    person = identity.current_session()
    found = belonging.find(db.session(), user_id=person.user_id, slug=g.slug)
    if found is None:
        if not person.staff_roles:
            departures.check(g.slug)
        g.organization, g.grants = visits.enter(g.slug)
        return
    g.organization, g.grants = found.organization, found.grants


def _check_permission(action: Action) -> None:
    if action.in_project:
        project = organizations.find_project(db.session(), current_organization(), g.project_hex_id)
        if project is None:
            abort(404)
        g.project = project
    if not may(action, project=g.get("project") if action.in_project else None):
        abort(403)


def _ask_to_sign_in() -> ResponseReturnValue:
    if htmx.is_partial():
        # The page, not the part that asked for a piece of it, comes back after signing in.
        return htmx.leave(url_for("auth.sign_in", next=addresses.own_path(htmx.current_path()), ended=1))
    asked = addresses.asked_address() if request.method in {"GET", "HEAD"} else None
    return redirect(url_for("auth.sign_in", next=asked, ended=1 if _was_signed_in() else None), 303)


def _was_signed_in() -> bool:
    """Whether there was a session that is good no more, or a form, which only somebody who was signed in has."""
    return "_user_id" in session or request.method not in {"GET", "HEAD", "OPTIONS"}


def _is_staff(guard: Guard) -> bool:
    return not identity.current_session().staff_roles.isdisjoint(guard.staff_roles or ())


def _take_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The organization in the address is for the guard; views get what is left."""
    if values and "slug" in values:
        g.slug = values.pop("slug")
    guard = guard_of(current_app, request.endpoint) if request.endpoint else None
    if values and guard and guard.action and guard.action.in_project:
        g.project_hex_id = values.pop("project")


def _give_slug(endpoint: str, values: dict[str, Any]) -> None:
    """Inside an organization, `url_for` stays in it."""
    if "slug" in g and "slug" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "slug"):
        values["slug"] = g.slug
