"""The support page of an organization and of a project, and the support policy that holds for them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.support.policies import policy_context
from portal.blueprints.support.views import TIER_STATES, is_highest, ways_of
from portal.domain.permissions import Action
from portal.services import support_overview
from portal.web import db, htmx
from portal.web.access import (
    ORGANIZATION_PREFIX,
    current_catalogue,
    current_organization,
    current_project,
    may,
    requires,
    visible_projects,
)
from portal.web.identity import current_session

bp = Blueprint("support", __name__, url_prefix=ORGANIZATION_PREFIX)

PAGE, POLICY = "support/support.html", "support/policy.html"


@bp.get("/support")
@requires(Action.VIEW_ORGANIZATION)
def index() -> ResponseReturnValue:
    """The plan in force, what it includes, and every way to help."""
    may_raise = may(Action.RAISE_ORGANIZATION_CASES) or bool(visible_projects(Action.RAISE_PROJECT_CASES))
    return htmx.page(PAGE, project=None, may_raise=may_raise, **_context())


@bp.get("/projects/<project>/support")
@requires(Action.VIEW_PROJECT)
def of_project() -> ResponseReturnValue:
    """The same for one project: its cases, under the plan of its organization."""
    project = current_project()
    may_raise = may(Action.RAISE_PROJECT_CASES, project=project)
    return htmx.page(PAGE, project=project, may_raise=may_raise, **_context())


@bp.get("/support/policy")
@requires(Action.VIEW_ORGANIZATION)
def policy() -> ResponseReturnValue:
    """The version of the vendor's policy that holds today."""
    return htmx.page(POLICY, **policy_context(current_catalogue()))


@bp.get("/support/policy/<version>")
@requires(Action.VIEW_ORGANIZATION)
def policy_version(version: str) -> ResponseReturnValue:
    """The version that was posted on this day."""
    return htmx.page(POLICY, **policy_context(current_catalogue(), version))


def _context() -> dict[str, Any]:
    catalogue = current_catalogue()
    user_id, today = current_session().user_id, clock.today()
    overview = support_overview.overview_of(db.session(), current_organization(), user_id=user_id, on=today)
    return {
        "catalogue": catalogue,
        "overview": overview,
        "ways": ways_of(overview, catalogue),
        "words": catalogue.words,
        "is_highest": is_highest(overview, catalogue),
        "tier_states": TIER_STATES,
        "has_policy": bool(catalogues.load_policies(catalogue.name)),
    }
