"""Staff: all organizations."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.services import months, organizations
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.fields import FilterForm, text_field
from portal.web.paging import PAGE_SIZE, Paged, counted, page_number

bp = Blueprint("staff", __name__, url_prefix="/staff")

PAGES = "staff/organizations.html", "staff/_organizations.html"


class Search(FilterForm):
    """A part of an organization's name, or of its short name."""

    q = text_field("Name or short name", longest=100)


@bp.get("/")
@staff_only()
def index() -> ResponseReturnValue:
    """Every organization, what it is sold, and the last month closed for it; searched by name, and paged."""
    form = Search()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True)
    session = db.session()
    found = organizations.list_organizations(session, search=form.q.data or "", number=page_number(), size=PAGE_SIZE)
    paged = Paged(found.items, found.number, found.total)
    return htmx.page(
        *PAGES,
        said=counted(paged, "organization", "organizations"),
        form=form,
        paged=paged,
        last_closed=months.last_closed(session, [organization.id for organization in found.items]),
        titles={name: catalogues.load(name).title for name in catalogues.names()},
    )
