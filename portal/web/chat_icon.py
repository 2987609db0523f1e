"""What other pages say of chats: the customer's icon in the lower right, and to staff how many wait."""

from __future__ import annotations

from flask import Flask, g, request

from portal import clock
from portal.domain.support_plans import Channel
from portal.services import chat_queue, chats
from portal.web import db
from portal.web.access import current_organization, may_open
from portal.web.visits import current_visit

PAGE = "chats.index"


def init_app(app: Flask) -> None:
    """Let the frame of every page ask, and the pages of staff."""
    app.jinja_env.globals.update(chat_channel=chat_channel, chats_waiting=chats_waiting)


def chat_channel() -> Channel | None:
    """The chat that the icon opens; none on the chat's own pages, and none for staff on a visit (CHAT-1)."""
    if "organization" not in g or request.blueprint == "chats" or current_visit() or not may_open(PAGE):
        return None
    return chats.channel_of(db.session(), current_organization(), at=clock.now())


def chats_waiting() -> int:
    """In how many chats a customer waits for an answer of people."""
    return chat_queue.count_waiting(db.session())
