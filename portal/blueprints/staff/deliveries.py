"""Deliveries: what became of each mail, and sending it again."""

from __future__ import annotations

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.staff.mail_forms import STATES, DeliveryFilter
from portal.blueprints.staff.routes import bp
from portal.domain.mail import DeliveryState
from portal.services import deliveries as mails
from portal.services.deliveries import Delivery
from portal.services.searching import MOST_SEARCHED
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import repeatable
from portal.web.identity import current_user
from portal.web.paging import PAGE_SIZE, place_before

PAGES = "staff/deliveries.html", "staff/_deliveries.html"
RESENT = "The mail is sent again."


@bp.get("/deliveries")
@staff_only()
def deliveries() -> ResponseReturnValue:
    """Every mail to every recipient, the newest first."""
    form = DeliveryFilter()
    if not form.validate():
        return htmx.refused(*PAGES, form=form, refused=True)
    start, search = place_before(), form.q.data or ""
    # One more than fits says whether there is another page.
    found = mails.newest(db.session(), state=form.chosen, search=search, before=start, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    said = f"{len(rows)} deliveries shown"
    older = rows[-1].recipient.id if len(found) > PAGE_SIZE else None
    return htmx.page(
        *PAGES, said=said, form=form, rows=rows, older=older, start=start, searched=MOST_SEARCHED, STATES=STATES
    )


@bp.get("/deliveries/<int:delivery_id>")
@staff_only()
def delivery(delivery_id: int) -> ResponseReturnValue:
    """One mail to one recipient, with every try. Its text is not shown: it may be for the recipient's eyes only."""
    found = _found(delivery_id)
    story = mails.story(db.session(), found)
    return htmx.page("staff/delivery.html", one=found, story=story, STATES=STATES, DeliveryState=DeliveryState)


@bp.post("/deliveries/<int:delivery_id>/resend")
@staff_only()
@repeatable("a mail that is on its way already stays as it is")
def resend(delivery_id: int) -> ResponseReturnValue:
    """Send it again."""
    mails.send_again(db.session(), _found(delivery_id), by=current_user(), at=clock.now())
    return htmx.leave(url_for(".delivery", delivery_id=delivery_id))


def _found(delivery_id: int) -> Delivery:
    found = mails.find(db.session(), delivery_id)
    if found is None:
        abort(404)
    return found
