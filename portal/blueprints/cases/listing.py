"""Lists of cases: one's own, the organization's, and those on which one is on CC (AV-50 to AV-53)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.cases.list_forms import ListFilter, NamingForm
from portal.blueprints.cases.routes import bp
from portal.domain.permissions import Action
from portal.models.case_views import SavedView
from portal.services import case_csv, case_lists, case_people, case_promises, saved_views, support_standing
from portal.services.case_lists import CaseQuery, Seen, Tab
from portal.services.searching import MOST_SEARCHED
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, may, permitted, requires, visible_projects
from portal.web.case_words import Reader
from portal.web.identity import current_user
from portal.web.links import url_for
from portal.web.paging import PAGE_SIZE, place_after, same_page

PAGES = "cases/index.html", "cases/_list.html"
_CSV_PAGE = 500


@bp.get("/support/cases")
@requires(Action.VIEW_ORGANIZATION)
def index() -> ResponseReturnValue:
    """The cases of a tab, narrowed by a filter, in the chosen order."""
    return shown(ListFilter(current_catalogue(), visible_projects()))


def shown(form: ListFilter, *, naming: NamingForm | None = None) -> ResponseReturnValue:
    """The page of lists; with a `naming` form that is not right, 422."""
    organization, session = current_organization(), db.session()
    naming = naming or NamingForm(formdata=None, query=urlencode(asked_query(form)))
    frame: dict[str, Any] = {
        "form": form,
        "naming": naming,
        "address_of": address_of,
        "words": current_catalogue().words,
        "views": saved_views.of(session, organization, current_user()),
        "may_raise": may(Action.RAISE_ORGANIZATION_CASES)
        or bool(permitted(form.seen_projects, Action.RAISE_PROJECT_CASES)),
        "may_follow_all": may(Action.FOLLOW_ALL_CASES),
        "follows_all": case_people.follows_all(session, organization, current_user()),
    }
    if not form.validate():
        return htmx.refused(*PAGES, tabs=_tabs(form, seen_in_organization()), **frame)
    query, after = query_of(form), place_after()
    # One more than fits says whether there is another page.
    found = case_lists.listed(session, query, limit=PAGE_SIZE + 1, after=after)
    fitting = found[:PAGE_SIZE]
    page = htmx.refused if naming.name.errors else htmx.page
    return page(
        *PAGES,
        said=f"{len(fitting)} shown",
        tabs=_tabs(form, query.seen),
        cases=[(case, Reader(current_catalogue())) for case in fitting],
        promises={case.id: case_promises.of_case(case, at=clock.now()) for case in fitting},
        after=after,
        following=fitting[-1].id if len(found) > PAGE_SIZE else None,
        searched=MOST_SEARCHED,
        plan=support_standing.plan_of(session, organization, on=clock.today()).plan,
        **frame,
    )


@bp.get("/support/cases.csv")
@requires(Action.VIEW_ORGANIZATION)
def index_csv() -> ResponseReturnValue:
    """The whole list as CSV, page by page, so that its length costs no memory."""
    form = ListFilter(current_catalogue(), visible_projects())
    if not form.validate():
        return shown(form)
    pieces = case_csv.pieces(_pages(query_of(form)), current_catalogue(), at=clock.now())
    response = Response(stream_with_context(pieces), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{current_organization().slug}-cases.csv"'
    return response


def address_of(view: SavedView) -> str:
    """Where a kept list is."""
    return f"{url_for('.index')}?{view.query}" if view.query else url_for(".index")


def asked_query(form: ListFilter) -> list[tuple[str, str]]:
    """What the form asks for as it stands in an address."""
    return [(name, value) for name, value in request.args.items(multi=True) if name in form.names and value]


def query_of(form: ListFilter) -> CaseQuery:
    """What the form asks for, of what the person may see."""
    return CaseQuery(
        tab=form.tab_chosen,
        user_id=current_user().id,
        organization_id=current_organization().id,
        seen=seen_in_organization(),
        **form.narrowed(),
    )


def seen_in_organization() -> Seen:
    """Which cases of others the person may see here (P13, P15, AV-52)."""
    return Seen(
        all=case_people.is_shared(db.session(), current_organization()),
        of_organization=may(Action.VIEW_ORGANIZATION_CASES),
        of_projects=[project.id for project in visible_projects(Action.VIEW_PROJECT_CASES)],
    )


def _pages(query: CaseQuery) -> Iterator[Any]:
    after = None
    while page := case_lists.listed(db.session(), query, limit=_CSV_PAGE, after=after):
        yield page
        after = page[-1].id


def _tabs(form: ListFilter, seen: Seen) -> list[dict[str, Any]]:
    words = current_catalogue().words
    titles = {
        Tab.MINE: words.my_cases,
        Tab.ORGANIZATION: f"{words.cases.capitalize()} in my organization",
        Tab.CC: "CC’d",
    }
    if not (seen.all or seen.of_organization or seen.of_projects):
        del titles[Tab.ORGANIZATION]
    return [
        {"title": title, "url": same_page(tab=tab.value, after=None), "is_current": tab is form.tab_chosen}
        for tab, title in titles.items()
    ]
