"""An organization's overview."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Action
from portal.services import organizations
from portal.web import db, htmx
from portal.web.access import (
    ORGANIZATION_PREFIX,
    current_catalogue,
    current_grants,
    current_organization,
    requires,
    visible_projects,
)

bp = Blueprint("organizations", __name__, url_prefix=ORGANIZATION_PREFIX)


@bp.get("/")
@requires(Action.VIEW_ORGANIZATION)
def overview() -> ResponseReturnValue:
    """What the organization is, the projects the person may see, and the person's roles."""
    roles, grants = current_catalogue().roles, current_grants()
    projects = visible_projects()
    return htmx.page(
        "organizations/overview.html",
        organization=current_organization(),
        projects=projects,
        project_roles={
            project.id: organizations.project_role_names(grants, roles, project_id=project.id) for project in projects
        },
        own_roles=organizations.role_names(grants, roles),
        member_count=organizations.count_members(db.session(), current_organization()),
    )
