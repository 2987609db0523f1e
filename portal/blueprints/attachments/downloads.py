"""Downloads of files of cases: for members, for who is on CC, and for staff."""

from __future__ import annotations

from flask import Response, abort
from flask.typing import ResponseReturnValue

from portal.blueprints.attachments.routes import bp
from portal.domain.permissions import Action, StaffRole
from portal.models.attachments import Attachment
from portal.services import attached_contents, attachments
from portal.services.attachments import Inside
from portal.web import db, files
from portal.web.access import (
    ORGANIZATION_PREFIX,
    current_grants,
    current_organization,
    current_roles,
    requires,
    signed_in,
    staff_only,
)
from portal.web.identity import current_user

# Whatever it is, and wherever a browser shows it all the same: it runs nothing, loads nothing and is of no site.
_POLICY = "sandbox; default-src 'none'"


@bp.get(f"{ORGANIZATION_PREFIX}/support/files/<file_id>/<name>")
@requires(Action.VIEW_ORGANIZATION)
def download(file_id: str, name: str) -> ResponseReturnValue:
    """A file of a case of this organization."""
    inside = Inside(current_organization(), current_roles(), current_grants())
    return _given(attachments.open_for(db.session(), file_id, by=current_user(), inside=inside), name)


@bp.get("/cases/<int:case_number>/files/<file_id>/<name>")
@signed_in
def download_of_case(case_number: int, file_id: str, name: str) -> ResponseReturnValue:
    """A file of a case, for who is on CC and may belong to another organization."""
    found = attachments.open_for(db.session(), file_id, by=current_user())
    return _given(found if found and found.case_id == case_number else None, name)


@bp.get("/staff/files/<file_id>/<name>")
@staff_only(StaffRole.SUPPORT)
def download_for_staff(file_id: str, name: str) -> ResponseReturnValue:
    """A file of any case, of internal notes too."""
    return _given(attachments.open_for(db.session(), file_id, by=current_user(), as_staff=True), name)


def _given(found: Attachment | None, name: str) -> ResponseReturnValue:
    if found is None or found.name != name:
        abort(404)
    pieces = attached_contents.pieces(files.store(), found.sha256 or "")
    response = Response(pieces, content_type=found.content_type)
    response.content_length = found.size
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
