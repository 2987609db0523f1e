"""Staff: a preview for any customer, and of any scenario file."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal import catalogues
from portal.blueprints.previews import routes, views
from portal.blueprints.previews.forms import FileForm, PreviewForm
from portal.domain.catalogue import Catalogue
from portal.domain.errors import Refusal, TooSoon
from portal.domain.permissions import StaffRole
from portal.web import htmx
from portal.web.access import staff_only
from portal.web.idempotency import repeatable

staff_bp = Blueprint("staff_previews", __name__, url_prefix="/staff/preview")

MOST_BYTES = 1024 * 1024
CUSTOMER = "Customer"
PLAYED = "previews/file.html"


@staff_bp.get("")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def preview() -> ResponseReturnValue:
    """The form for a customer of whom nothing is known, and below it the months once it was sent."""
    return routes.answer(_form(), CUSTOMER, file_form=FileForm())


@staff_bp.get("/scenario.json")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def scenario() -> ResponseReturnValue:
    """The same as a scenario file."""
    return routes.file(_form(), CUSTOMER)


@staff_bp.post("/file")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
@repeatable("it keeps nothing")
def play_file() -> ResponseReturnValue:
    """What an uploaded scenario file comes to; it is played and forgotten."""
    form, upload = FileForm(), request.files.get("file")
    content = upload.read(MOST_BYTES + 1) if upload else b""
    if not content or len(content) > MOST_BYTES:
        form.file.errors = ["Choose a scenario file of at most 1 MiB." if content else "Choose a scenario file."]
        return htmx.refused(PLAYED, form=form, preview=None, refused=True)
    try:
        [played] = views.play(content)
    except TooSoon:
        raise
    except Refusal as refusal:
        form.file.errors = [str(refusal)]
        return htmx.refused(PLAYED, form=form, preview=None, refused=True)
    name = upload.filename if upload else ""
    return htmx.page(PLAYED, None, form=form, file_name=name, **views.shown(played, _catalogue()))


def _form() -> PreviewForm:
    return routes.first_form(_catalogue())


def _catalogue() -> Catalogue:
    """The one that sells subscriptions; of several, the first."""
    return next(one for one in map(catalogues.load, catalogues.names()) if one.subscription_types)
