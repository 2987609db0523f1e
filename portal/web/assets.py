"""Addresses of our static files, which change when the file does, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

from flask import Flask, g
from whitenoise import WhiteNoise

from portal.web.links import url_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FOLDER = Path(__file__).resolve().parent.parent / "static"
_YEAR = 365 * 86_400


def init_app(app: Flask, headers: dict[str, str]) -> None:
    """Serve the static files before Flask is asked, with `headers`, and give templates their addresses."""

    def add_headers(answer: Headers, _path: str, _url: str) -> None:
        for name, value in headers.items():
            answer[name] = value

    application = app.wsgi_app
    files = WhiteNoise(
        application,
        root=str(FOLDER),
        prefix="/static/",
        max_age=_YEAR,
        add_headers_function=add_headers,
        # Only pages of ours need them.
        allow_all_origins=False,
    )

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # What files refuse would go out without a page and without our headers.
        is_looked_at = environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        answer: Iterable[bytes] = (files if is_looked_at else application)(environ, start_response)
        return answer

    app.wsgi_app = serve  # type: ignore[method-assign]  # Flask's own way of putting something in front
    app.jinja_env.globals.update(asset=asset, icon_sprite=icon_sprite)


def asset(name: str) -> str:
    """The address of a static file with its fingerprint."""
    return url_for("static", filename=name, v=_fingerprint(name))


def icon_sprite() -> str:
    """The address of the one file with all icons; `#NAME` follows. A page has dozens of them, and asks once."""
    if "icon_sprite" not in g:
        g.icon_sprite = asset("vendor/icons.svg")
    address: str = g.icon_sprite
    return address


@cache
def _fingerprint(name: str) -> str | None:
    path = FOLDER / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else None
