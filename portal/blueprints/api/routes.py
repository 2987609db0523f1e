"""Usage that programs send."""

from __future__ import annotations

import io
from dataclasses import asdict

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.domain.token_scopes import TokenScope
from portal.domain.usage_rows import FileRefused
from portal.services import usage_files, usage_imports
from portal.services.usage_imports import ImportResult
from portal.web import db, problems
from portal.web.access import by_token
from portal.web.bearer import current_token
from portal.web.idempotency import once

bp = Blueprint("api", __name__, url_prefix=f"{problems.API}v1")


@bp.post("/usage")
@by_token(TokenScope.IMPORT_USAGE)
@once
def import_usage() -> ResponseReturnValue:
    """Store the rows of a usage file: all of them or none, by the rules of `flask usage import` (API-2)."""
    if request.mimetype != "text/csv":
        abort(415, "A usage file is expected: send it with “Content-Type: text/csv”.")
    token, name = current_token(), f"{current_token().prefix} by API"
    with usage_files.opened(io.BytesIO(request.get_data()), name) as file:
        result = usage_imports.import_file(db.session(), file, at=clock.now(), organization_id=token.organization_id)
    return _shown(result)


@bp.errorhandler(FileRefused)
def _refuse_file(refused: FileRefused) -> Response:
    errors = [asdict(error) for error in refused.errors]
    detail = "The file is not taken, and nothing of it was stored."
    return problems.answer(422, detail, errors=errors, more=refused.more)


def _shown(result: ImportResult) -> dict[str, object]:
    late = [asdict(each) | {"used_in": str(each.used_in), "posted_in": str(each.posted_in)} for each in result.late]
    return {"rows": result.rows, "new": result.new, "known": result.known, "late": late}
