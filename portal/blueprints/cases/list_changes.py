"""What people change of lists: views that they keep, and whether they follow every case of the organization."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal import clock
from portal.blueprints.cases.doing import doing
from portal.blueprints.cases.list_forms import ListFilter, NamingForm
from portal.blueprints.cases.listing import address_of, shown
from portal.blueprints.cases.routes import bp
from portal.domain.errors import Refusal
from portal.domain.permissions import Action
from portal.models.case_views import SavedView
from portal.services import case_people, saved_views
from portal.web import db, htmx
from portal.web.access import current_catalogue, current_organization, requires, visible_projects
from portal.web.idempotency import repeatable
from portal.web.identity import current_user
from portal.web.links import url_for


@bp.post("/support/cases/views")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("a name names one view")
def save_view() -> ResponseReturnValue:
    """Keep the list that is shown by a name; its query comes along as it stands in the address."""
    naming = NamingForm()
    try:
        view = _named(naming)
    except Refusal as refusal:
        naming.refuse(str(refusal))
        return _refused(naming)
    flash(f"The view “{view.name}” is kept.")
    return htmx.leave(address_of(view))


@bp.post("/support/cases/views/<view_id>/name")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("the same name twice is one name")
def rename_view(view_id: str) -> ResponseReturnValue:
    """Give a view another name."""
    view, naming = _own(view_id), NamingForm()
    naming.query.data = view.query
    try:
        saved_views.rename(db.session(), current_organization(), view, naming.name.data or "", by=current_user())
    except Refusal as refusal:
        naming.refuse(str(refusal))
        return _refused(naming)
    flash("The view has another name.")
    return htmx.leave(address_of(view))


@bp.post("/support/cases/views/<view_id>/deletion")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("what is deleted is gone")
def delete_view(view_id: str) -> ResponseReturnValue:
    """Forget a view."""
    saved_views.delete(db.session(), _own(view_id))
    flash("The view is deleted. Its cases are where they were.")
    return htmx.leave(url_for(".index"))


@bp.post("/support/cases/following")
@requires(Action.FOLLOW_ALL_CASES)
@repeatable("who follows follows")
def follow_all() -> ResponseReturnValue:
    """Get the mail of every case of the organization from now on, or no more (AV-52)."""
    words = current_catalogue().words
    if request.form.get("follow") == "yes":
        case_people.follow_all(db.session(), current_organization(), doing())
        flash(f"You follow all {words.cases}: you get mail of each.")
    else:
        case_people.unfollow_all(db.session(), current_organization(), current_user())
        flash(f"You follow the {words.cases} no more that are not yours.")
    return htmx.leave(url_for(".index", tab="organization"))


def _own(view_id: str) -> SavedView:
    view = saved_views.find(db.session(), current_organization(), current_user(), view_id)
    if view is None:
        abort(404)
    return view


def _named(naming: NamingForm) -> SavedView:
    query = urlencode(parse_qsl(naming.query.data or ""))
    return saved_views.save(
        db.session(), current_organization(), naming.name.data or "", query, by=current_user(), at=clock.now()
    )


def _refused(naming: NamingForm) -> ResponseReturnValue:
    """The list that the view was of, with what is wrong with its name."""
    of_view = MultiDict(parse_qsl(naming.query.data or ""))
    return shown(ListFilter(current_catalogue(), visible_projects(), formdata=of_view), naming=naming)
