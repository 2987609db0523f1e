"""The activity feed of an organization and of a project: what happened, who did it, from where, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.organizations.activity_forms import FeedFilter
from portal.blueprints.organizations.routes import bp
from portal.domain.events import Category, EventSeverity
from portal.domain.permissions import Action, why_everywhere
from portal.models.organizations import Project
from portal.services import activity_csv, activity_feed
from portal.services.activity_feed import FeedQuery
from portal.web import db, htmx
from portal.web.access import (
    current_grants,
    current_organization,
    current_project,
    current_roles,
    may,
    requires,
    visible_projects,
)
from portal.web.paging import place_before, same_page

# How the feed draws an event: its icon says the category, its tone the severity.
ICONS = {
    Category.BILLING: "receipt-text",
    Category.ACCESS: "user",
    Category.SUPPORT: "life-buoy",
    Category.PROJECTS: "folder",
    Category.OTHERS: "activity",
}
TONES = {EventSeverity.NORMAL: "", EventSeverity.WARNING: "warn", EventSeverity.CRITICAL: "bad"}
PAGES = "organizations/activity.html", "organizations/_activity.html"


@bp.get("/activity")
@requires(Action.VIEW_ORGANIZATION_ACTIVITY)
def activity() -> ResponseReturnValue:
    """The organization's feed."""
    return _feed(None)


@bp.get("/activity.csv")
@requires(Action.VIEW_ORGANIZATION_ACTIVITY)
def activity_file() -> ResponseReturnValue:
    """All of it that the filter lets through, as a file."""
    return _file(None)


@bp.get("/projects/<project>/activity")
@requires(Action.VIEW_PROJECT_ACTIVITY)
def project_activity() -> ResponseReturnValue:
    """The feed of one project."""
    return _feed(current_project())


@bp.get("/projects/<project>/activity.csv")
@requires(Action.VIEW_PROJECT_ACTIVITY)
def project_activity_file() -> ResponseReturnValue:
    """All of it that the filter lets through, as a file."""
    return _file(current_project())


def _feed(project: Project | None) -> ResponseReturnValue:
    session, organization, form = db.session(), current_organization(), FeedFilter()
    own: dict[str, Any] = {
        "project": project,
        "form": form,
        "file_url": _file_url(form, project),
        "shared_url": _shared_url(),
    }
    if not form.validate():
        return htmx.refused(*PAGES, refused=True, **own)
    size, start, project_id = int(form.items.data), place_before(), project.id if project else None
    # One more than fits says whether there is another page.
    found = activity_feed.newest(session, organization.id, _query(form, project), before=start, limit=size + 1)
    entries = found[:size]
    return htmx.page(
        *PAGES,
        said=f"{len(entries)} events shown",
        entries=entries,
        start=start,
        older=entries[-1].id if len(found) > size else None,
        is_new=not entries and activity_feed.is_empty(session, organization.id, project_id),
        open_projects={one.hex_id for one in visible_projects(Action.VIEW_PROJECT_ACTIVITY)} if entries else set(),
        ICONS=ICONS,
        TONES=TONES,
        **own,
    )


def _file(project: Project | None) -> ResponseReturnValue:
    form, organization = FeedFilter(), current_organization()
    if not form.validate():
        abort(400, "The filter in the address is not one. Open the page, and correct it there.")
    pages = activity_feed.everything(db.session(), organization.id, _query(form, project))
    pieces = activity_csv.pieces(pages, with_addresses=may(Action.VIEW_SETTINGS))
    response = Response(stream_with_context(pieces), mimetype="text/csv")
    name = f"activity-{organization.slug}{f'-{project.hex_id}' if project else ''}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _query(form: FeedFilter, project: Project | None) -> FeedQuery:
    """What the person may see of what the filter asks for: in the organization's feed, no other projects (P12)."""
    asked = form.query(project.id if project else None)
    if project or why_everywhere(current_roles(), current_grants(), Action.VIEW_PROJECT_ACTIVITY):
        return asked
    seen = frozenset(one.id for one in visible_projects(Action.VIEW_PROJECT_ACTIVITY))
    return replace(asked, seen_projects=seen)


def _shared_url() -> str:
    """The whole address of what is shown, for somebody else's browser."""
    return f"{request.host_url.rstrip('/')}{same_page()}"


def _file_url(form: FeedFilter, project: Project | None) -> str:
    """Where the file is that has what this filter lets through, all pages of it."""
    asked = {field.name: request.args.get(field.name) for field in form if field is not form["items"]}
    query = urlencode({name: value for name, value in asked.items() if value})
    own = url_for(".project_activity_file", project=project.hex_id) if project else url_for(".activity_file")
    return f"{own}?{query}" if query else own
