"""Drafts: kept while somebody types, and discarded on request."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.cases import opening
from portal.blueprints.cases.routes import bp, draft_of_new_case
from portal.domain.permissions import Action
from portal.services import case_drafts
from portal.services.case_drafts import Place
from portal.web import db, htmx, idempotency, uploads
from portal.web.access import current_organization, requires
from portal.web.idempotency import repeatable
from portal.web.identity import current_user
from portal.web.links import url_for

FRAGMENT = "cases/_draft.html"
_NOT_TYPED = frozenset({"csrf_token", idempotency.FIELD, uploads.FIELD, uploads.KEPT_FIELD})


@bp.post("/support/cases/draft")
@requires(Action.VIEW_ORGANIZATION)
@uploads.with_files(draft_of_new_case)
@repeatable("the same text twice is one draft")
def save_draft() -> ResponseReturnValue:
    """Keep what is typed of a new case."""
    opening.raised()
    place = Place(current_organization(), current_user())
    return kept(place, of="cases.create", save_url=url_for(".save_draft"), back=url_for(".new"))


@bp.post("/support/cases/draft/discard")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("what is discarded is gone")
def discard_draft() -> ResponseReturnValue:
    """Begin a new case anew."""
    case_drafts.discard(db.session(), Place(current_organization(), current_user()))
    return htmx.leave(url_for(".new"))


def kept(place: Place, *, of: str, save_url: str, back: str) -> ResponseReturnValue:
    """The answer to a draft that is to be kept at `place`; it is said to who asked without script.

    `of` is the endpoint that the form is sent to: what was sent meanwhile is no draft any more.
    """
    if idempotency.is_repeated(db.session(), of):
        return htmx.done(FRAGMENT, otherwise=back, draft=None, save_url=save_url)
    draft = case_drafts.save(db.session(), place, typed(), at=clock.now())
    news = None if htmx.is_partial() else "Your draft is kept."
    return htmx.done(FRAGMENT, otherwise=back, news=news, draft=draft, save_url=save_url)


def typed() -> Mapping[str, list[str]]:
    """What the form of this request held, but for what the portal put into it."""
    return {name: request.form.getlist(name) for name in request.form if name not in _NOT_TYPED}
