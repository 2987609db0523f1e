"""The queue: which case comes next."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from portal import catalogues, clock
from portal.blueprints.desk import rows
from portal.blueprints.desk.routes import bp
from portal.domain.cases import STAFF_WORDS, CaseState
from portal.domain.permissions import StaffRole
from portal.services import case_bulk, case_queue
from portal.services.case_queue import MOST_COUNTED, QueueQuery, View
from portal.services.searching import MOST_SEARCHED
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import FilterForm, text_field
from portal.web.filters import Choice, choices
from portal.web.identity import current_session
from portal.web.paging import place_after, same_page

PAGES = "desk/queue.html", "desk/_queue.html"
_VIEWS = {
    View.UNDER_WAY: "Under way",
    View.MINE: "Mine",
    View.UNASSIGNED: "Unassigned",
    View.OVERDUE: "Overdue",
    View.ALL: "All",
}


class QueueFilter(FilterForm):
    """What narrows a view of the queue; the view itself stands in the address with it."""

    in_order = ("q", "state", "severity", "catalogue", "organization")

    view = HiddenField(default=View.UNDER_WAY.value)
    state = Choice("State", default="")
    severity = Choice("Severity", default="")
    catalogue = Choice("Catalogue", default="")
    organization = text_field("Organization", longest=100)
    q = text_field("Number, subject or requester", longest=100)

    def __init__(self) -> None:
        super().__init__()
        known = [catalogues.load(name) for name in catalogues.names()]
        named = {one.key: one.name for catalogue in known for one in catalogue.severities.values()}
        self.state.choices = choices("All", ((state.value, STAFF_WORDS[state]) for state in CaseState))
        self.severity.choices = choices("All", named.items())
        self.catalogue.choices = choices("All", ((catalogue.name, catalogue.title) for catalogue in known))

    @property
    def chosen(self) -> View:
        """The view that is asked for; the first where it is none."""
        return View(self.view.data) if self.view.data in set(View) else View.UNDER_WAY

    @property
    def narrows(self) -> bool:
        """Whether something but the view is chosen."""
        return any(field.data for field in (self.state, self.severity, self.catalogue, self.organization, self.q))


@bp.get("/cases")
@staff_only(StaffRole.SUPPORT)
def index() -> ResponseReturnValue:
    """The cases of a view, narrowed by filters, in the order in which they are to be answered (NE-6)."""
    form = QueueFilter()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True, tabs=_tabs(form))
    after, at = place_after(), clock.now()
    # One more than fits says whether there is another page.
    found = case_queue.queue(db.session(), _query(form, after), limit=case_bulk.MOST + 1)
    shown = found[: case_bulk.MOST]
    return htmx.page(
        *PAGES,
        said=f"{len(shown)} {'case' if len(shown) == 1 else 'cases'} shown",
        form=form,
        tabs=_tabs(form),
        rows=rows.rows_of(shown, at=at),
        after=after,
        following=shown[-1].id if len(found) > case_bulk.MOST else None,
        searched=MOST_SEARCHED,
        STATES=rows.STATES,
    )


def _query(form: QueueFilter, after: int | None) -> QueueQuery:
    return QueueQuery(
        view=form.chosen,
        agent_id=current_session().user_id,
        at=clock.now(),
        state=CaseState(form.state.data) if form.state.data else None,
        severity=form.severity.data or "",
        catalogue=form.catalogue.data or "",
        organization=form.organization.data or "",
        search=form.q.data or "",
        after=after,
    )


def _tabs(form: QueueFilter) -> list[dict[str, Any]]:
    counts = case_queue.counts(db.session(), agent_id=current_session().user_id, at=clock.now())
    return [
        {
            "title": title,
            "url": same_page(view=None if view is View.UNDER_WAY else view.value),
            "is_current": view is form.chosen,
        }
        | ({"count": f"{counts[view]}{'+' if counts[view] == MOST_COUNTED else ''}"} if view in counts else {})
        for view, title in _VIEWS.items()
    ]
