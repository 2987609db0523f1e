"""What the pages of a closed and of a pending invoice share: chart, sums, and the filtered lines."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue

from portal.blueprints.billing.charts import daily_chart
from portal.blueprints.billing.forms import LineFilter
from portal.domain.periods import Month
from portal.services.usage_details import LinePage, LineQuery, UsageSummary
from portal.web import htmx
from portal.web.paging import Paged, page_number

_FRAGMENT = "billing/_usage.html"


def usage_page(
    template: str,
    month: Month,
    summary: UsageSummary,
    find: Callable[[LineQuery, int], LinePage],
    **context: object,
) -> ResponseReturnValue:
    """The page with the lines that `find` gives for the filter in the address; 422 for an impossible filter.

    For htmx only the lines and the chart: both follow from the address alone.
    """
    form = LineFilter(summary)
    asked = request.args.get("chart")
    chosen = asked if any(cost.name == asked for cost in summary.by_service) else None
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
    return htmx.page(template, _FRAGMENT, paged=paged, found=found, query=query, **context)
