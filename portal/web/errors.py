"""Errors as pages in the customer's words, each with the number of the request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import cast

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError, TooManyRequests

from portal.domain.errors import AlreadyDone, Overtaken, Refusal, TooSoon, in_words
from portal.web import formatting, htmx, problems
from portal.web.departures import Departed
from portal.web.security import ForeignOrigin

_MEBIBYTE = 1024 * 1024
_BUSY = "SQLITE_BUSY"


@dataclass(frozen=True, slots=True)
class Wording:
    """What went wrong, and what to do about it."""

    title: str
    advice: str


_WORDINGS = {
    400: Wording("The request cannot be read", "Go back, load the page again and repeat what you did."),
    403: Wording("You may not open this page", "Your roles do not include it. Ask whoever manages your members."),
    404: Wording("This page does not exist", "Check the address. It may be of an organization you are not in."),
    405: Wording("That is not possible here", "The page cannot be used in this way. Open it by a link or its form."),
    409: Wording(
        "Somebody was faster",
        "This has changed since you opened it, and your change was not made. Load the page again to see how it stands.",
    ),
    413: Wording("That is too large", "Send less at once, or smaller files."),
    422: Wording("That is not possible", "Go back and change what you entered."),
    429: Wording("Too many requests", "Wait a minute, then try again."),
    500: Wording("Something went wrong on our side", "Nothing was changed. Try again, or tell us the number below."),
    503: Wording("The portal is busy", "Nothing was changed. Wait a minute, then try again."),
}
_EXPIRED = Wording("The form has expired", "Nothing was changed. Load the page again and repeat what you did.")
_ELSEWHERE = Wording(
    "The form was sent from another site", "Nothing was changed. Open the page here and fill in its form."
)
_DONE_BEFORE = "Nothing was changed again. Load the page to see how it stands."


def init_app(app: Flask) -> None:
    """Answer every error of `app` with a page."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _forged_or_expired)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(AlreadyDone, _already_done)
    app.register_error_handler(Overtaken, _overtaken)
    app.register_error_handler(TooSoon, _too_soon)
    app.register_error_handler(ForeignOrigin, _from_elsewhere)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(500, _fault)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    # A redirect, or an answer made beforehand.
    if status < 400 or error.response is not None:
        return cast("Response", error.get_response())
    is_worded = isinstance(error, RequestEntityTooLarge | TooManyRequests)
    answer = _answer(_wording(error, status), status, detail=None if is_worded else error.description)
    # What else belongs to the status: what is allowed instead, when to try again.
    for name, value in error.get_headers():
        answer.headers.setdefault(name, value)
    return answer


def _forged_or_expired(_error: CSRFError) -> Response:
    return _answer(_EXPIRED, 400)


def _refusal(error: Refusal) -> Response:
    return _answer(Wording(_WORDINGS[422].title, str(error)), 422)


def _already_done(error: AlreadyDone) -> Response:
    return _answer(Wording("That has been done already", f"{error} {_DONE_BEFORE}"), 409, detail=str(error))


def _overtaken(error: Overtaken) -> Response:
    return _answer(Wording(_WORDINGS[409].title, f"{error} Load the page again to see how it stands."), 409)


def _too_soon(error: TooSoon) -> Response:
    return _http_error(TooManyRequests(retry_after=error.retry_after_seconds))


def _from_elsewhere(_error: ForeignOrigin) -> Response:
    return _answer(_ELSEWHERE, 403)


def _foreign_host(_error: SecurityError) -> Response:
    # For a host that is not ours no page has an address: this one has no links and no styles.
    return make_response(render_template("errors/foreign_host.html"), 400)


def _fault(error: Exception) -> Response:
    if not _is_busy(getattr(error, "original_exception", None)):
        return _answer(_WORDINGS[500], 500)
    answer = _answer(_WORDINGS[503], 503)
    answer.headers["Retry-After"] = "60"
    return answer


def _is_busy(cause: object) -> bool:
    """Whether the database had no time: somebody else writes, a statement took too long, or nobody answers there."""
    # SQLite calls mistakes in a statement by the same class, and says which of both it is.
    return isinstance(cause, OperationalError) and getattr(cause.orig, "sqlite_errorname", _BUSY) == _BUSY


def _wording(error: HTTPException, status: int) -> Wording:
    match error:
        case Departed(organization=name):
            advice = f"You are no longer in {name}. Whoever manages its members can invite you again."
            return Wording("You have no access here any more", advice)
        case RequestEntityTooLarge():
            most = (request.max_content_length or 0) // _MEBIBYTE
            return Wording(_WORDINGS[413].title, f"Send at most {most} MiB at once: fewer or smaller files.")
        case TooManyRequests(retry_after=datetime() as after):
            at = formatting.instant(after).striptags()
            return Wording(_WORDINGS[429].title, f"Try again after {at}. Nothing was changed.")
        case TooManyRequests(retry_after=int(seconds)):
            return Wording(_WORDINGS[429].title, f"Try again {in_words(seconds)}. Nothing was changed.")
    return _WORDINGS.get(status) or Wording(HTTPStatus(status).phrase, "Go back and try again.")


def _answer(wording: Wording, status: int, *, detail: str | None = None) -> Response:
    if problems.are_wanted():
        return problems.answer(status, detail or wording.advice)
    context = {"title": wording.title, "advice": wording.advice, "status": status}
    if htmx.is_partial():
        return htmx.alert(render_template("errors/_alert.html", **context), status)
    return make_response(render_template("errors/page.html", **context), status)
