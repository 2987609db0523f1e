"""Health, for load balancers: whether the portal answers and reaches its database."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from portal.web import db
from portal.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def check() -> ResponseReturnValue:
    """`{"status": "ok"}`; without its database the portal answers 500."""
    db.session().execute(text("SELECT 1"))
    return {"status": "ok"}
