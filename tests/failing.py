"""Routes that fail in every way that the portal knows: for what no page of ours sends by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort
from werkzeug.exceptions import TooManyRequests

from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.permissions import Action
from portal.web.access import requires

AT = datetime(2026, 11, 20, 13, 31, tzinfo=UTC)
STATUSES = (400, 403, 404, 405, 409, 413, 422, 429, 500)
bp = Blueprint("failing", __name__, url_prefix="/orgs/<slug>/failing")


@bp.get("/<int:status>")
@requires(Action.VIEW_ORGANIZATION)
def fail(status: int) -> str:
    """Answer with `status`."""
    if status == 500:
        raise ZeroDivisionError("password=hunter2")
    abort(status)


@bp.get("/patience/<int:seconds>")
@requires(Action.VIEW_ORGANIZATION)
def patience(seconds: int) -> str:
    """Ask to wait."""
    raise TooManyRequests(retry_after=seconds)


@bp.get("/patience/until")
@requires(Action.VIEW_ORGANIZATION)
def patience_until() -> str:
    """Ask to wait until a time."""
    raise TooManyRequests(retry_after=AT)


@bp.get("/refused/<kind>")
@requires(Action.VIEW_ORGANIZATION)
def refuse(kind: str) -> str:
    """Refuse, because it is so or because it has been done."""
    raise (AlreadyDone if kind == "again" else Refusal)("This code was applied on 3 May 2026.")
