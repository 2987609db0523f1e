"""What every answer says to the browser for safety's sake, the number of each request, and by what name it is asked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import Forbidden

from portal.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": Flask-WTF wants to see the referrer of a form that was sent over HTTPS.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_STATIC_HEADERS = {
    # A drawing that is opened by itself may load nothing and stand in no frame.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HTTPS_ONLY = "max-age=31536000; includeSubDomains"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# "none": the person did it, by the address bar or a bookmark.
_OWN_SITES = frozenset({"same-origin", "none"})
# They tell nobody a secret and take nothing, and who asks knows the portal by an address, not by its name.
_UNDER_ANY_NAME = frozenset({"/healthz", "/readyz"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class ForeignOrigin(Forbidden):
    """A form, or what a script sends, came from a page of another site."""


def init_app(app: Flask, settings: Settings) -> None:
    """Set the cookies and headers of `app`."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if settings.is_https else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        WTF_CSRF_TIME_LIMIT=None,  # A form is good for as long as its session.
    )
    app.extensions["https"] = settings.is_https
    app.extensions["origin"] = settings.base_url
    app.before_request(_begin)
    app.after_request(_add_headers)
    _answer_probes_under_any_name(app, settings.trusted_hosts[0].lstrip("."))


def static_headers(app: Flask) -> dict[str, str]:
    """What the answers say that are files, and that Flask does not see."""
    https = {"Strict-Transport-Security": _HTTPS_ONLY} if app.extensions["https"] else {}
    return _STATIC_HEADERS | https


def check_origin() -> None:
    """Refuse what would change something and comes from elsewhere, as far as the browser says where it comes from.

    It stands beside the token in each form: a browser that is told a token still does not lie about these two.
    """
    if request.method in _SAFE:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in _OWN_SITES:
        raise ForeignOrigin
    own = {request.host_url.rstrip("/"), current_app.extensions["origin"]}
    if request.headers.get("Origin", request.host_url.rstrip("/")) not in own:
        raise ForeignOrigin


def _answer_probes_under_any_name(app: Flask, trusted_host: str) -> None:
    application = app.wsgi_app

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in _UNDER_ANY_NAME:
            environ["HTTP_HOST"] = trusted_host
        return application(environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]  # Flask's own way of putting something in front


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.extensions["https"]:
        response.headers["Strict-Transport-Security"] = _HTTPS_ONLY
    if "_user_id" in session or session.modified:
        # What a signed-in person sees stays out of every cache, and so does a cookie.
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response
