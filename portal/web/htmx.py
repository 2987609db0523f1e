"""Pages and fragments: which of both to send. Routes never read htmx's headers."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from htmx_flask import Htmx, make_response
from werkzeug.urls import iri_to_uri

from portal.web.addresses import asked_address

_VARY = ("HX-Request", "HX-Request-Type")


def init_app(app: Flask) -> None:
    """Know htmx's requests, and tell caches that a page has two forms."""
    Htmx(app)
    app.after_request(_vary)


def page(page_template: str, fragment_template: str | None = None, **context: object) -> ResponseReturnValue:
    """The page, or for htmx only its fragment; to a page that has none, the browser goes as a whole.

    `said` tells who hears the page what has changed in it, as the new count of a list; on a whole page they read it.
    """
    if fragment_template is None and is_partial():
        return leave(asked_address())
    answer = render_template(_chosen(page_template, fragment_template), **context)
    is_said = context.get("said") and is_partial()
    return answer + render_template("components/_said.html", **context) if is_said else answer


def refused(page_template: str, fragment_template: str | None = None, **context: object) -> ResponseReturnValue:
    """The form again, with what was entered and what is wrong with it: 422."""
    return render_template(_chosen(page_template, fragment_template), **context), 422


def done(fragment_template: str, *, otherwise: str, news: str | None = None, **context: object) -> ResponseReturnValue:
    """What an action changed: the fragment for htmx, a way to `otherwise` for a plain form. `news` is said to both.

    `said` is the news of what the page shows anyway: with htmx it is heard alone.
    """
    g.otherwise = otherwise  # For who sends the same again without script.
    said = context.get("said")
    if not is_partial():
        if told := news or said:
            flash(str(told))
        return redirect(otherwise, 303)
    fragment = render_template(fragment_template, **context)
    if said:
        return fragment + render_template("components/_said.html", **context)
    return fragment + render_template("components/_news.html", news=news) if news else fragment


def leave(target: str) -> ResponseReturnValue:
    """Send the browser to another page: for htmx by its header, which swaps nothing; else by 303."""
    if not is_partial():
        return redirect(target, 303)
    answer: Response = make_response("", 204, redirect=iri_to_uri(target))
    return answer


def alert(fragment: str, status: int) -> Response:
    """An error for htmx: into the alert region, because a whole document never goes into a part of a page."""
    answer: Response = make_response(fragment, status, retarget="#alert")
    # The region stands at the top of the page, which may be out of sight. (htmx-flask knows no modifiers.)
    answer.headers["HX-Reswap"] = "innerHTML show:top"
    return answer


def is_partial() -> bool:
    """Whether htmx asks for a part of a page, not for a whole one (as it does on the way back)."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") == "partial"


def current_path() -> str:
    """The address, without the host, of the page from which htmx asks; empty where it does not say one."""
    try:
        seen = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    return f"{seen.path}?{seen.query}" if seen.query else seen.path


def _chosen(page_template: str, fragment_template: str | None) -> str:
    return fragment_template if fragment_template and is_partial() else page_template


def _vary(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.vary.update(_VARY)
    return response
