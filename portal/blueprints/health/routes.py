"""Health, for load balancers and whoever starts the portal again: whether it lives, and whether it can do its work."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal import clock
from portal.web import readiness
from portal.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def check() -> ResponseReturnValue:
    """`{"status": "ok"}`: the process lives. It asks nothing of anybody, so that only its own fault ends it."""
    return {"status": "ok"}


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """What is checked, each `ok` or what is wrong; 503 while something is wrong."""
    problems = readiness.problems(at=clock.now())
    checks = {name: problems.get(name, "ok") for name in readiness.CHECKS}
    status = {"status": "not ready" if problems else "ready", "checks": checks}
    return status, 503 if problems else 200, {"Cache-Control": "no-store"}
