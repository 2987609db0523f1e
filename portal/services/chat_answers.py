"""What the portal itself answers in a chat: passages of the developer resources, or that it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from portal.domain.chats import Speaker
from portal.domain.resources import Passage
from portal.gateways.answers import Answerer, NoAnswer
from portal.gateways.answers.extracts import Extracts
from portal.models.chats import Chat, ChatMessage
from portal.services import chats
from portal.services.resources import Library

MOST_PASSAGES = 3
DOES_NOT_KNOW = (
    "I do not know: nothing in the developer resources fits this question. "
    "Other words may find something; I read English pages, and look for their words."
)

log = structlog.get_logger()


def answer(
    session: Session, chat: Chat, question: str, library: Library, answerer: Answerer, *, at: datetime
) -> ChatMessage:
    """Answer at once, with the sources; where no page fits, say so and nothing else (CHAT-7)."""
    passages = library.search(question, limit=MOST_PASSAGES, at=at)
    text = _worded(question, passages, answerer) if passages else DOES_NOT_KNOW
    sources = tuple(dict.fromkeys((passage.page, passage.title) for passage in passages))
    chat.waiting_since = None
    return chats.write(session, chat, Speaker.PORTAL, text, by=None, at=at, sources=sources)


def _worded(question: str, passages: Sequence[Passage], answerer: Answerer) -> str:
    try:
        return answerer.answer(question, passages)
    except NoAnswer as reason:
        log.warning("question was answered by extracts", reason=str(reason))
        return Extracts().answer(question, passages)
