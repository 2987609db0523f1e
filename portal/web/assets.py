"""Addresses of our static files, which change when the file does, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask, url_for
from whitenoise import WhiteNoise

FOLDER = Path(__file__).resolve().parent.parent / "static"
_YEAR = 365 * 86_400


def init_app(app: Flask, headers: dict[str, str]) -> None:
    """Serve the static files before Flask is asked, with `headers`, and give templates their addresses."""

    def add_headers(answer: Headers, _path: str, _url: str) -> None:
        for name, value in headers.items():
            answer[name] = value

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # Flask's own way of putting something in front
        app.wsgi_app, root=str(FOLDER), prefix="/static/", max_age=_YEAR, add_headers_function=add_headers
    )
    app.jinja_env.globals.update(asset=asset, icon_sprite=icon_sprite)


def asset(name: str) -> str:
    """The address of a static file with its fingerprint."""
    return url_for("static", filename=name, v=_fingerprint(name))


def icon_sprite() -> str:
    """The address of the one file with all icons; `#NAME` follows."""
    return asset("vendor/icons.svg")


@cache
def _fingerprint(name: str) -> str | None:
    path = FOLDER / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else None
