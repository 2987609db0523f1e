"""Links: the address of a page is worked out once, and not each time that it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import Flask, current_app, g, request

# A page draws up to two hundred links. Addresses hold numbers and names: the bound forgets those drawn least recently.
MOST_KEPT = 8192
_Build = Callable[[str, str | None, str, tuple[tuple[str, object], ...]], str]


def init_app(app: Flask) -> None:
    """Give the templates of `app` the links that are kept, in place of Flask's own."""

    @lru_cache(maxsize=MOST_KEPT)
    def build(_root: str, _slug: str | None, endpoint: str, values: tuple[tuple[str, object], ...]) -> str:
        return app.url_for(endpoint, **dict(values))  # type: ignore[arg-type]  # what callers give, as they gave it

    app.extensions["links"] = build
    app.jinja_env.globals["url_for"] = url_for


def url_for(endpoint: str, **values: object) -> str:
    """The same as Flask's `url_for` in a request; inside an organization it stays in it."""
    if any(type(value) not in (str, int) for value in values.values()):
        # Among others True, which equals 1 and makes another address.
        return current_app.url_for(endpoint, **values)  # type: ignore[arg-type]
    if endpoint.startswith("."):
        endpoint = f"{request.blueprint}{endpoint}"
    build: _Build = current_app.extensions["links"]
    return build(request.root_path, g.get("slug"), endpoint, tuple(values.items()))
