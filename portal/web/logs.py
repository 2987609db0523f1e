"""One line of the log, and the figures, for each request."""

from __future__ import annotations

import time
from typing import Any

import structlog
from flask import Flask, Response, g, request, session

from portal import database, log_lines, metrics

_SECRET_PARTS = frozenset({"token", "key", "code", "secret"})
_log: Any = structlog.get_logger("portal.request")


def init_app(app: Flask) -> None:
    """Log and measure each request of `app`, and log what goes wrong in it."""
    log_lines.configure()
    app.before_request(_begin)
    app.after_request(_write)
    # Flask's own line has the whole path; ours is shorter by what is secret in it.
    app.log_exception = _log_fault  # type: ignore[method-assign, assignment]


def shown_path() -> str:
    """The path of the request, without what opens something to whoever knows it."""
    path = request.path
    for name, value in (request.view_args or {}).items():
        if _SECRET_PARTS & set(name.split("_")):
            path = path.replace(str(value), "…")
    return path


def _begin() -> None:
    g.started = time.perf_counter()
    database.forget_statements()
    # A thread answers many requests: what the last one left behind is not of this one.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.get("request_id"))


def _write(response: Response) -> Response:
    seconds = time.perf_counter() - g.started if "started" in g else 0
    asked = database.statements_asked()
    route = request.url_rule.rule if request.url_rule else None
    # The query may hold what a person searched for, so the log has the path alone.
    _log.info(
        "request",
        request_id=g.get("request_id"),
        method=request.method,
        path=shown_path(),
        route=route,
        status=response.status_code,
        milliseconds=int(seconds * 1000),
        queries=asked,
        organization=g.get("slug"),
        user_id=session.get("_user_id"),
    )
    metrics.request_answered(request.method, route, response.status_code, seconds=seconds, queries=asked)
    return response


def _log_fault(error: Any) -> None:
    _log.error("fault", method=request.method, path=shown_path(), exc_info=error)
