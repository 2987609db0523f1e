"""The mailbox of a demo without mail server; elsewhere these pages do not exist."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.mail_forms import SearchFilter
from portal.services import mailbox as mails
from portal.services.mailbox import Opened
from portal.services.searching import MOST_SEARCHED
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.paging import PAGE_SIZE, place_before

mailbox_bp = Blueprint("mailbox", __name__, url_prefix="/staff/mailbox")
PAGES = "staff/mailbox.html", "staff/_mailbox.html"


@mailbox_bp.get("")
@staff_only()
def index() -> ResponseReturnValue:
    """All mail, the newest first."""
    form = SearchFilter()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True)
    start, search = place_before(), form.q.data or ""
    # One more than fits says whether there is another page.
    found = mails.newest(db.session(), search=search, before=start, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    older = rows[-1].id if len(found) > PAGE_SIZE else None
    said = f"{len(rows)} mails shown"
    return htmx.page(*PAGES, said=said, form=form, rows=rows, older=older, start=start, searched=MOST_SEARCHED)


@mailbox_bp.get("/<int:entry_id>")
@staff_only()
def entry(entry_id: int) -> ResponseReturnValue:
    """One mail: who it is for, its text, and its files."""
    return htmx.page("staff/mailbox_entry.html", mail=_opened(entry_id))


@mailbox_bp.get("/<int:entry_id>/files/<int:position>")
@staff_only()
def attachment(entry_id: int, position: int) -> ResponseReturnValue:
    """A file that came with it, counted from 1."""
    files = _opened(entry_id).attachments
    if not 1 <= position <= len(files):
        abort(404)
    name, content = files[position - 1]
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _opened(entry_id: int) -> Opened:
    found = mails.opened(db.session(), entry_id)
    if found is None:
        abort(404)
    return found
