"""What pages of billing show of usage: the chart of twelve months, and of one month chart, sums and filtered lines."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.blueprints.billing.forms import LineFilter
from portal.domain.periods import Month
from portal.models.organizations import Organization
from portal.services import organizations, usage_history
from portal.services.billing_overview import PendingInvoice
from portal.services.usage_details import LinePage, LineQuery, UsageSummary
from portal.services.usage_history import MOST_PROJECTS, Dimension
from portal.web import db, htmx, kept
from portal.web.access import current_organization
from portal.web.paging import Paged, counted, page_number
from portal.web.usage_charts import daily_chart, monthly_chart

_FRAGMENT = "billing/_usage.html"


def usage_page(
    template: str,
    month: Month,
    summarize: Callable[[], UsageSummary],
    find: Callable[[LineQuery, int], LinePage],
    *,
    frozen: str = "",
    **context: object,
) -> ResponseReturnValue:
    """The page with the lines that `find` gives for the filter in the address; 422 for an impossible filter.

    For htmx only the lines and the chart: both follow from the address alone. `frozen` is the id of what never changes:
    its usage is drawn once for each address, and nothing is asked of `summarize` and `find` again.
    """
    key = (frozen, current_organization().catalogue, request.root_path, request.full_path)
    can_be_kept = bool(frozen) and not htmx.is_partial()
    if can_be_kept and (usage := kept.find(key)):
        return htmx.page(template, _FRAGMENT, month=month, usage=usage, **context)
    summary = summarize()
    form = LineFilter(summary)
    asked = request.args.get("chart")
    chosen = asked if asked in summary.used_services else None
    context |= {
        "month": month,
        "summary": summary,
        "chart": daily_chart(month, summary.daily, service=chosen),
        "chart_service": chosen,
        "form": form,
    }
    if not form.validate():
        return htmx.refused(template, _FRAGMENT, refused=True, **context)
    query = form.query()
    found = find(query, page_number())
    paged = Paged(found.items, found.number, found.total)
    said = counted(paged, "line", "lines")
    context |= {"paged": paged, "found": found, "query": query}
    usage = kept.keep(key, render_template("billing/_usage_parts.html", **context)) if can_be_kept else None
    return htmx.page(template, _FRAGMENT, said=said, usage=usage, **context)


def months_chart(
    organization: Organization, pending: PendingInvoice, *, open_from: Month | None = None
) -> dict[str, object]:
    """The chart of the last twelve months, by what the address says: by service, or `?by=project` (13.2)."""
    project_count = organizations.count_projects(db.session(), organization)
    may_by_project = project_count <= MOST_PROJECTS
    wanted = request.args.get("by") == Dimension.PROJECT
    by = Dimension.PROJECT if wanted and may_by_project else Dimension.SERVICE
    costs = usage_history.monthly_costs(
        db.session(), organization, by, on=pending.as_of, running_lines=pending.lines, open_from=open_from
    )
    months = usage_history.months_until(pending.month)
    return {
        "chart": monthly_chart(months, costs, by),
        "by": by,
        "Dimension": Dimension,
        "project_count": project_count,
        "may_by_project": may_by_project,
    }
