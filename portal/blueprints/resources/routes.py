"""The developer resources: the list with its search, and each page."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from portal import clock
from portal.web import htmx, library
from portal.web.access import public
from portal.web.fields import FilterForm, in_one_line, trimmed

bp = Blueprint("resources", __name__, url_prefix="/resources")

PAGES = ("resources/index.html", "resources/_pages.html")
_MOST_FOUND = 20


class Search(FilterForm):
    """What to look for."""

    q = StringField(
        "Search the resources",
        validators=[Length(max=200, message="Enter at most 200 characters."), in_one_line],
        filters=[trimmed],
    )


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """Every page, or those that fit `?q=`."""
    form, at = Search(), clock.now()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, pages=(), refused=True)
    asked = form.q.data
    pages = library.current().search_pages(asked, limit=_MOST_FOUND, at=at) if asked else library.current().pages(at=at)
    said = f"{len(pages)} {'page' if len(pages) == 1 else 'pages'}"
    return htmx.page(*PAGES, said=said, form=form, pages=pages)


@bp.get("/<resource>")
@public
def page(resource: str) -> ResponseReturnValue:
    """One page."""
    found = library.current().find(resource, at=clock.now())
    if found is None:
        abort(404)
    return htmx.page("resources/page.html", page=found)
