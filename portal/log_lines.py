"""The log: one JSON object a line on standard error, from us and from every library, and no secret in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_HIDDEN = "…"
_SECRET_NAME = re.compile(r"password|secret|token|cookie|authorization|card|cvc|iban", re.IGNORECASE)
# What others write into their messages: `password=…`, `Bearer …`, the password in an address.
_NAMED = re.compile(
    r"(\b\w*(?:password|secret|token|authorization|cookie|cvc|iban)\w*[\"']?\s*[=:]\s*)[^\s,;&]+", re.IGNORECASE
)
_BEARER = re.compile(r"(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(://[^/\s:@]*:)[^@\s/]+(?=@)")
_CARD = re.compile(r"(?<![\w.])[0-9](?:[ -]?[0-9]){12,18}(?!\w)")


def configure() -> None:
    """Send our own log and that of every library through one writer; safe to call again."""
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    writer = _StandardError()
    writer.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _StandardError)] + [writer]
    logging.getLogger("portal").setLevel(logging.INFO)


def formatter() -> logging.Formatter:
    """Writes a record of any logger as one line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # A traceback has the lines of the code, never the values of its variables: those may be secrets.
            structlog.processors.format_exc_info,
            hide_secrets,
            # Plain ASCII: there are more line breaks and control signs in Unicode than people who read logs expect.
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
    )


def during(**context: Any) -> AbstractContextManager[None]:
    """Have every line that is logged meanwhile say this, too, such as the name of the job."""
    return structlog.contextvars.bound_contextvars(**context)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep out of the log what must not be read there, whoever put it in: by its name, or by how it looks."""
    return {key: _shown(key, value) for key, value in event.items()}


class _StandardError(logging.Handler):
    """Writes to the standard error of the moment, which tests and commands replace."""

    def emit(self, record: logging.LogRecord) -> None:
        # One call, so that the lines of several threads do not run into each other.
        sys.stderr.write(self.format(record) + "\n")


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _shown(key: str, value: object) -> object:
    if _SECRET_NAME.search(key):
        return _HIDDEN
    if isinstance(value, str):
        return _without_secrets(value)
    if isinstance(value, Mapping):
        return {str(inner): _shown(str(inner), one) for inner, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(key, one) for one in value]
    # What is no plain value is written as its text, which may say anything.
    return value if value is None or isinstance(value, (bool, int, float)) else _without_secrets(str(value))


def _without_secrets(text: str) -> str:
    text = _IN_ADDRESS.sub(rf"\1{_HIDDEN}", text)
    text = _BEARER.sub(rf"\1{_HIDDEN}", text)
    text = _NAMED.sub(rf"\1{_HIDDEN}", text)
    return _CARD.sub(_without_card, text)


def _without_card(found: re.Match[str]) -> str:
    """Hidden when its check digit is right; an invoice number or a time is not meant."""
    digits = [int(sign) for sign in found[0] if sign.isdecimal()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return _HIDDEN if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else found[0]
