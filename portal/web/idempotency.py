"""Two clicks are one effect: the mark on each route that changes something, and the key in its forms."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import wraps
from typing import IO, Any, TypeVar

from flask import Flask, Response, abort, current_app, flash, g, make_response, request, session
from markupsafe import Markup
from sqlalchemy.orm import Session

from portal import clock
from portal.services import idempotency
from portal.services.idempotency import Answer, Sent
from portal.web import db, htmx
from portal.web.identity import signed_in

FIELD, HEADER, ONCE = "idempotency_key", "Idempotency-Key", "once"
_KEY = re.compile(r"[!-~]{1,200}")
_PIECE = 256 * 1024
_NOT_ENTERED = frozenset({FIELD, "csrf_token"})

View = TypeVar("View", bound=Callable[..., Any])


def once(view: View) -> View:
    """A route that creates, pays or invites: the same request with the same key is answered alike, and done once.

    It stands under the guard. The request without a key is done each time it comes. An answer of 400 or more is not
    kept, so that a refused form can be sent again, corrected or not (KEY-4).
    """

    @wraps(view)
    def answered_once(*args: Any, **kwargs: Any) -> Any:
        sent = _sent()
        if sent is None:
            return view(*args, **kwargs)
        before = idempotency.claim(db.session(), sent, at=clock.now())
        if before:
            return _again(before)
        flashed = len(_flashed())
        response = make_response(view(*args, **kwargs))
        # Of 400 or more it is rolled back with all else.
        idempotency.keep(db.session(), sent, _answer(response, _flashed()[flashed:]))
        return response

    answered_once.repeats = ONCE  # type: ignore[attr-defined]  # read by `repeats_of`
    return answered_once  # type: ignore[return-value]  # it takes and gives what the view does


def repeatable(why: str) -> Callable[[View], View]:
    """A route that changes something and needs no key, for this reason."""

    def mark(view: View) -> View:
        view.repeats = why  # type: ignore[attr-defined]  # read by `repeats_of`
        return view

    return mark


def init_app(app: Flask) -> None:
    """Let every template draw the key."""
    app.jinja_env.globals["once_field"] = once_field


def repeats_of(app: Flask, endpoint: str) -> str | None:
    """What the route says of being sent twice: `ONCE`, or why it needs no key."""
    return getattr(app.view_functions.get(endpoint), "repeats", None)


def is_repeated(own: Session, endpoint: str | None = None) -> bool:
    """Whether this request has been answered before, by its key; or its form at the `endpoint` that it belongs to."""
    given = _sent()
    if given is not None and endpoint is not None:
        given = replace(given, endpoint=endpoint)
    return given is not None and idempotency.is_claimed(own, given)


def once_field() -> Markup:
    """The hidden field of a form that is done once; each drawing of a form has a key of its own."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, secrets.token_urlsafe(18))


def _sent() -> Sent | None:
    key = request.headers.get(HEADER) or request.form.get(FIELD)
    if not key:
        return None
    if not _KEY.fullmatch(key):
        abort(400, f"{HEADER}: 1 to 200 letters, digits and signs without blanks are expected.")
    return Sent(_holder(), request.endpoint or "", key, _fingerprint())


def _holder() -> str:
    if "api_token" in g:
        return f"token:{g.api_token.id}"
    person = signed_in()
    return f"user:{person.user_id}" if person else "nobody"


def _fingerprint() -> str:
    """A hash of all that decides what is done. It is keyed, because a form may hold a password."""
    secret = str(current_app.secret_key).encode()
    seen = hmac.new(secret, b"fingerprint of a request", hashlib.sha256)
    for part in _parts():
        seen.update(len(part).to_bytes(8, "big") + part)
    return seen.hexdigest()


def _parts() -> Iterable[bytes]:
    yield request.method.encode()
    yield request.full_path.encode()
    if not request.form and not request.files:
        yield request.get_data()
    for name, value in request.form.items(multi=True):
        if name not in _NOT_ENTERED:
            yield from (name.encode(), value.encode())
    for name, file in request.files.items(multi=True):
        yield from (name.encode(), (file.filename or "").encode(), _digest(file.stream))


def _digest(stream: IO[bytes]) -> bytes:
    """A hash of what a file holds, which may be much."""
    seen = hashlib.sha256()
    stream.seek(0)
    while piece := stream.read(_PIECE):
        seen.update(piece)
    stream.seek(0)
    return seen.digest()


def _answer(response: Response, news: list[Any]) -> Answer:
    headers = {name: value for name, value in response.headers.items() if _belongs_to_answer(name)}
    return Answer(
        status=response.status_code,
        headers=headers,
        body=response.get_data(as_text=True),
        is_part=htmx.is_partial(),
        otherwise=response.location or headers.get("HX-Redirect") or g.get("otherwise"),
        news=news,
    )


def _belongs_to_answer(name: str) -> bool:
    return name in {"Content-Type", "Location"} or name.upper().startswith("HX-")


def _again(before: Answer) -> Any:
    """The first answer; where the browser now asks in the other way, by script or without, it goes to the page."""
    for category, message in before.news:
        if (category, message) not in map(tuple, _flashed()):
            flash(message, category)
    if before.otherwise and before.is_part != htmx.is_partial():
        return htmx.leave(before.otherwise)
    return Response(before.body, before.status, dict(before.headers))


def _flashed() -> list[Any]:
    """What waits to be said on the next page."""
    return list(session.get("_flashes", ()))
