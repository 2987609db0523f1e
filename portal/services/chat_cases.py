"""A chat becomes a case: with all that was said, in one step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from portal import catalogues
from portal.domain.catalogue import Catalogue
from portal.domain.chats import Speaker
from portal.domain.errors import AlreadyDone
from portal.domain.incoming import charsets
from portal.models.cases import Case
from portal.models.chats import Chat, ChatMessage
from portal.models.organizations import Project
from portal.services import cases, chats
from portal.services.case_doing import Doing
from portal.services.cases import NewCase

_SUBJECT_LETTERS = 80
_LEFT_OUT = "\n\n*(Left out: what did not fit. The chat itself has it all.)*"
_LONGEST = 30_000


def turn(session: Session, chat: Chat, project: Project | None, doing: Doing) -> Case:
    """Open a case of the organization, or of a project, with what was said in the chat, and end the chat (CHAT-8).

    It has the least severity that a customer can choose. Refused where the plan opens no cases, and when it was done.
    """
    held = session.get_one(Chat, chat.id, with_for_update=True, populate_existing=True)
    if held.case_id is not None:
        raise AlreadyDone("This chat is a case already.")
    catalogue = catalogues.load(chat.organization.catalogue)
    messages = chats.messages_of(session, held)
    wanted = NewCase(
        subject=_subject(messages),
        description=_said(messages, catalogue),
        project=project,
        severity=least_severity(catalogue),
    )
    case = cases.open_case(session, chat.organization, wanted, doing)
    held.case_id = case.id
    now = f"This chat is {catalogue.words.case} {case.id} now."
    chats.write(session, held, Speaker.REMARK, now, by=None, at=doing.at)
    chats.end(session, held, by=doing.who, at=doing.at)
    return case


def least_severity(catalogue: Catalogue) -> str | None:
    """The least severity that needs no impact; None where the catalogue says what counts without one (V-AMB-24)."""
    if catalogue.case_policy.severity_when_missing:
        return None
    choice = [one for one in catalogue.severities.values() if one.customer_selectable and not one.requires_impact]
    return max(choice, key=lambda one: one.rank).key if choice else None


def _subject(messages: Sequence[ChatMessage]) -> str:
    first = next((one.text for one in messages if one.speaker is Speaker.CUSTOMER), "")
    # A subject is printable; what somebody writes in a chat need not be.
    line = charsets.one_line(first, longest=len(first) + 1)
    short = line if len(line) <= _SUBJECT_LETTERS else f"{line[:_SUBJECT_LETTERS].rsplit(' ', 1)[0]} …"
    return f"Chat: {short}"


def _said(messages: Iterable[ChatMessage], catalogue: Catalogue) -> str:
    """Every message as a quotation with who wrote it and when; the portal's own remarks too."""
    field = catalogue.case_form.get("description")
    most = min(_LONGEST, (field and field.max_length) or _LONGEST) - len(_LEFT_OUT)
    text = "From a chat:"
    for message in messages:
        part = f"\n\n{_quoted(message)}"
        if len(text) + len(part) > most:
            return text + _LEFT_OUT
        text += part
    return text


def _quoted(message: ChatMessage) -> str:
    author = message.author.name if message.author else "The portal"
    lines = (f"> {line}".rstrip() for line in message.text.splitlines())
    return "\n".join((f"**{author}**, {message.written_at:%Y-%m-%d %H:%M} UTC:", "", *lines))
