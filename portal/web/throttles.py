"""Counts attempts apart from the request, whose refusal rolls back, and asks to wait where they were too many."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from portal import clock, metrics
from portal.domain.errors import TooSoon
from portal.domain.throttles import Hit
from portal.services import throttles
from portal.web import db


def count(*hits: Hit) -> None:
    """Count an attempt for each of these, before the request writes anything; `TooSoon` where one is too many."""
    with db.apart() as own:
        seconds = throttles.count(own, hits, at=clock.now())
    if seconds:
        metrics.happened("throttled")
        raise TooSoon(seconds)


def forgive(*hits: Hit, all_of: Hit | None = None) -> None:
    """The attempt was right: take it back, and forget every earlier one that was counted for `all_of`."""
    with db.apart() as own:
        throttles.give_back(own, hits)
        if all_of:
            throttles.clear(own, all_of)


def wait(page_template: str, refusal: TooSoon, **context: object) -> ResponseReturnValue:
    """The form again with what was entered, and when it may be sent: 429."""
    page = render_template(page_template, too_soon=refusal, refused=True, **context)
    return page, 429, {"Retry-After": str(refusal.retry_after_seconds)}
