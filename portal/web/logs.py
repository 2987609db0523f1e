"""The log: one JSON object a line on standard error, without secrets, and one line for each request."""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request, session
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET = re.compile(r"password|secret|token|cookie|authorization|card|cvc|iban", re.IGNORECASE)
_log: Any = structlog.get_logger("portal.request")


def init_app(app: Flask) -> None:
    """Log each request of `app` and what goes wrong in it."""
    configure()
    app.before_request(_begin)
    app.after_request(_write)


def configure() -> None:
    """Send our own log and that of every library through one writer; safe to call again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    writer = _StandardError()
    # A traceback has the lines of the code, never the values: those may be secrets.
    writer.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _StandardError)] + [writer]
    logging.getLogger("portal").setLevel(logging.INFO)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep what must not be read out of the log, whoever put it in."""
    return {key: "…" if _SECRET.search(key) else value for key, value in event.items()}


class _StandardError(logging.Handler):
    """Writes to the standard error of the moment, which tests and commands replace."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def _begin() -> None:
    g.started = time.perf_counter()


def _write(response: Response) -> Response:
    # The query may hold what a person searched for, so the log has the path alone.
    _log.info(
        "request",
        request_id=g.get("request_id"),
        method=request.method,
        path=request.path,
        status=response.status_code,
        milliseconds=int((time.perf_counter() - g.started) * 1000) if "started" in g else None,
        user_id=session.get("_user_id"),
    )
    return response
