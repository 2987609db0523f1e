"""The customer's chat: one's own alone, with people of support or with the portal itself."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.chats.forms import MessageForm
from portal.blueprints.chats.views import chat_context, has_no_news, log_of, way_on
from portal.domain.errors import Refusal
from portal.domain.permissions import Action
from portal.domain.response_targets import Via
from portal.domain.support_plans import ChannelKind
from portal.models.chats import Chat
from portal.services import chat_answers, chat_cases, chats
from portal.services.case_doing import Doing
from portal.web import db, htmx, library
from portal.web.access import ORGANIZATION_PREFIX, current_catalogue, current_organization, requires
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_user
from portal.web.links import url_for
from portal.web.paging import PAGE_SIZE, place_before
from portal.web.visits import current_visit

bp = Blueprint("chats", __name__, url_prefix=f"{ORGANIZATION_PREFIX}/support")

PAGES, LOG = ("chats/chat.html", "chats/_chat.html"), "chats/_log.html"
_MOST_SUGGESTED = 3


@bp.get("/chat")
@requires(Action.VIEW_ORGANIZATION)
def index() -> ResponseReturnValue:
    """The chat that goes on, or an empty one; what there is in its place where the plan has none."""
    organization, at = current_organization(), clock.now()
    channel = chats.channel_of(db.session(), organization, at=at)
    chat = chats.under_way(db.session(), organization, current_user(), at=at)
    return htmx.page(*PAGES, form=MessageForm(formdata=None), **chat_context(chat, channel))


@bp.post("/chat")
@requires(Action.VIEW_ORGANIZATION)
@once
def say() -> ResponseReturnValue:
    """Write a message; the portal answers its own chat at once."""
    if current_visit():
        raise Refusal("Staff on a visit do not chat in the customer’s place.")
    organization, at, form = current_organization(), clock.now(), MessageForm()
    channel = chats.channel_of(db.session(), organization, at=at)
    if not form.validate():
        chat = chats.under_way(db.session(), organization, current_user(), at=at)
        return htmx.refused(*PAGES, form=form, refused=True, **chat_context(chat, channel))
    text = form.text.data or ""
    chat = chats.say(db.session(), organization, text, by=current_user(), at=at)
    if chat.kind is ChannelKind.AI_CHAT:
        chat_answers.answer(db.session(), chat, text, library.current(), library.answerer(), at=at)
    form = MessageForm(formdata=None)
    return htmx.done(PAGES[1], otherwise=url_for(".index"), form=form, **chat_context(chat, channel))


@bp.get("/chats")
@requires(Action.VIEW_ORGANIZATION)
def own() -> ResponseReturnValue:
    """The person's chats, the newest first."""
    start = place_before()
    found = chats.own(db.session(), current_organization(), current_user(), before=start, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    older = rows[-1].id if len(found) > PAGE_SIZE else None
    firsts = chats.firsts_of(db.session(), rows)
    return htmx.page("chats/own.html", "chats/_own.html", rows=rows, firsts=firsts, older=older, start=start)


@bp.get("/chats/<chat_id>")
@requires(Action.VIEW_ORGANIZATION)
def one(chat_id: str) -> ResponseReturnValue:
    """One chat; for a page that asks for news only what is new, or nothing."""
    chat = _found(chat_id)
    if htmx.is_partial() and "seen" in request.args:
        log = log_of(chat, ".one")
        return ("", 204) if has_no_news(log) else htmx.page(PAGES[0], LOG, log=log, chat=chat)
    channel = chats.channel_of(db.session(), current_organization(), at=clock.now())
    return htmx.page(*PAGES, form=MessageForm(formdata=None), **chat_context(chat, channel))


@bp.post("/chats/<chat_id>/end")
@requires(Action.VIEW_ORGANIZATION)
@repeatable("A chat that has ended stays as it is.")
def end(chat_id: str) -> ResponseReturnValue:
    """End the chat; it stays readable."""
    chat = _found(chat_id)
    chats.end(db.session(), chat, by=current_user(), at=clock.now())
    channel = chats.channel_of(db.session(), current_organization(), at=clock.now())
    form = MessageForm(formdata=None)
    return htmx.done(PAGES[1], otherwise=url_for(".one", chat_id=chat_id), form=form, **chat_context(chat, channel))


@bp.post("/chats/<chat_id>/case")
@requires(Action.VIEW_ORGANIZATION)
@once
def make_case(chat_id: str) -> ResponseReturnValue:
    """Open a case with what was said."""
    chat, way = _found(chat_id), way_on()
    if way.plan_opens_cases and not way.may_raise:
        abort(403)
    origin = current_app.extensions["origin"]
    doing = Doing(by=current_user(), at=clock.now(), base_url=origin, via=Via.CHAT)
    case = chat_cases.turn(db.session(), chat, way.project, doing)
    flash(f"The chat is {current_catalogue().words.case} {case.id} now.")
    return htmx.leave(f"/cases/{case.id}")


@bp.get("/suggestions")
@requires(Action.VIEW_ORGANIZATION)
def suggestions() -> ResponseReturnValue:
    """Pages of the developer resources that fit `?text=`, or what else a form of cases holds; for its side."""
    written = " ".join(request.args.get(name, "") for name in ("text", "subject", "description")).strip()
    pages = library.current().search_pages(written, limit=_MOST_SUGGESTED, at=clock.now()) if written else ()
    return htmx.page("chats/suggestions.html", "chats/_suggestions.html", pages=pages)


def _found(chat_id: str) -> Chat:
    chat = chats.find(db.session(), current_organization(), current_user(), chat_id)
    if chat is None:
        abort(404)
    return chat
