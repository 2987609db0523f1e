"""Staff: who waits in a chat, and answering."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.chats.forms import MessageForm
from portal.blueprints.chats.views import has_no_news, log_of
from portal.domain.permissions import StaffRole
from portal.models.chats import Chat
from portal.services import chat_queue, chats
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.idempotency import once, repeatable
from portal.web.identity import current_session, current_user
from portal.web.links import url_for
from portal.web.paging import PAGE_SIZE, place_before

staff_bp = Blueprint("staff_chats", __name__, url_prefix="/staff/chats")

QUEUE, DESK, LOG = ("chats/queue.html", "chats/_queue.html"), ("chats/desk.html", "chats/_desk.html"), "chats/_log.html"


@staff_bp.get("")
@staff_only(StaffRole.SUPPORT)
def index() -> ResponseReturnValue:
    """Chats that go on, who waits longest first; below them those that have ended."""
    found = chat_queue.under_way(db.session())
    firsts = chats.firsts_of(db.session(), found)
    return htmx.page(*QUEUE, rows=found, firsts=firsts, me=current_session().user_id, now=clock.now())


@staff_bp.get("/ended")
@staff_only(StaffRole.SUPPORT)
def ended() -> ResponseReturnValue:
    """Chats that have ended, the newest first."""
    start = place_before()
    found = chat_queue.ended(db.session(), before=start, limit=PAGE_SIZE + 1)
    rows = found[:PAGE_SIZE]
    older = rows[-1].id if len(found) > PAGE_SIZE else None
    firsts = chats.firsts_of(db.session(), rows)
    return htmx.page("chats/ended.html", "chats/_ended.html", rows=rows, firsts=firsts, older=older, start=start)


@staff_bp.get("/<chat_id>")
@staff_only(StaffRole.SUPPORT)
def chat(chat_id: str) -> ResponseReturnValue:
    """One chat; for a page that asks for news only what is new, or nothing."""
    found = _found(chat_id)
    if htmx.is_partial() and "seen" in request.args:
        log = log_of(found, ".chat")
        return ("", 204) if has_no_news(log) else htmx.page(DESK[0], LOG, log=log, chat=found)
    return htmx.page(*DESK, form=MessageForm(formdata=None), **_context(found))


@staff_bp.post("/<chat_id>/take")
@staff_only(StaffRole.SUPPORT)
@repeatable("Who has the chat already keeps it.")
def take(chat_id: str) -> ResponseReturnValue:
    """Answer this chat from now on."""
    found = _found(chat_id)
    chat_queue.take(db.session(), found, by=current_user(), at=clock.now())
    return redirect(url_for(".chat", chat_id=chat_id), 303)


@staff_bp.post("/<chat_id>/messages")
@staff_only(StaffRole.SUPPORT)
@once
def reply(chat_id: str) -> ResponseReturnValue:
    """Answer the customer."""
    found, form = _found(chat_id), MessageForm()
    if not form.validate():
        return htmx.refused(*DESK, form=form, refused=True, **_context(found))
    chat_queue.reply(db.session(), found, form.text.data or "", by=current_user(), at=clock.now())
    form = MessageForm(formdata=None)
    return htmx.done(DESK[1], otherwise=url_for(".chat", chat_id=chat_id), form=form, **_context(found))


@staff_bp.post("/<chat_id>/end")
@staff_only(StaffRole.SUPPORT)
@repeatable("A chat that has ended stays as it is.")
def end(chat_id: str) -> ResponseReturnValue:
    """End the chat; the customer can read it further on."""
    chats.end(db.session(), _found(chat_id), by=current_user(), at=clock.now())
    return redirect(url_for(".chat", chat_id=chat_id), 303)


def _found(chat_id: str) -> Chat:
    found = chat_queue.find(db.session(), chat_id)
    if found is None:
        abort(404)
    return found


def _context(found: Chat) -> dict[str, Any]:
    return {"chat": found, "log": log_of(found, ".chat"), "me": current_session().user_id}
