"""An organization's overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import clock
from portal.domain.permissions import Action
from portal.models.organizations import Organization
from portal.services import attention, billing_overview, organizations, usage_history
from portal.services.attention import Needs
from portal.services.usage_history import ClosedMonth, RunningMonth
from portal.web import db, htmx, usage_charts
from portal.web.access import (
    ORGANIZATION_PREFIX,
    current_grants,
    current_organization,
    current_roles,
    may,
    requires,
    visible_projects,
)
from portal.web.charts import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """What only those see who may see billing: what is needed, and the running month so far, as figures and by day."""

    needs: Needs
    running: RunningMonth
    chart: Chart
    last: ClosedMonth | None


bp = Blueprint("organizations", __name__, url_prefix=ORGANIZATION_PREFIX)


@bp.get("/")
@requires(Action.VIEW_ORGANIZATION)
def overview() -> ResponseReturnValue:
    """What needs attention, the month so far, the projects the person may see, and the person's roles."""
    session, organization, today = db.session(), current_organization(), clock.today()
    roles, grants = current_roles(), current_grants()
    projects = visible_projects()
    needs = attention.needs_of(session, [organization.id], on=today)[organization.id]
    sees_billing = may(Action.VIEW_BILLING)
    return htmx.page(
        "organizations/overview.html",
        organization=organization,
        today=today,
        projects=projects,
        project_roles={
            project.id: organizations.project_role_names(grants, roles, project_id=project.id) for project in projects
        },
        own_roles=organizations.role_names(grants, roles),
        member_count=organizations.count_members(session, organization),
        standing=needs.standing,
        billing=_billing(organization, needs, on=today) if sees_billing else None,
        attention=billing_overview.needing_attention(session, organization, on=today) if sees_billing else (),
    )


def _billing(organization: Organization, needs: Needs, *, on: date) -> Billing:
    session = db.session()
    running = usage_history.running_month(session, organization, on=on)
    return Billing(
        needs=needs,
        running=running,
        chart=usage_charts.daily_chart(running.month, running.daily),
        last=usage_history.last_closed_month(session, organization),
    )
