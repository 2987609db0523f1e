"""Whether a person wrote a mail, or a machine: bounces, absence notes and lists never become part of a conversation."""

from __future__ import annotations

import re
from email.message import Message

from portal.domain.incoming import headers
from portal.domain.incoming.letters import Writer

LOOP_HEADER = "X-Customer-Portal"
"""Stands on every mail of ours: one that comes back with it has come round."""

# How absence notes begin their subject, where nothing else tells them.
_ABSENT = re.compile(
    r"\s*(?:automatic reply|auto[- ]?reply|autoreply|auto[- ]?response|out of (?:the )?office|ooo\s?:|"
    r"automatische antwort|abwesenheits|abwesend|réponse automatique|absence du bureau|respuesta automática|"
    r"fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|automatisch antwoord|afwezig|"
    r"resposta automática|ausência|odpowiedź automatyczna|automatyczna odpowiedź|automatická odpověď|autosvar|"
    r"automattinen vastaus|automatikus válasz|otomatik yanıt|автоматический ответ|автоответ|自动回复|自動回覆|"
    r"自動返信|自動応答|자동 회신|부재중|رد تلقائي|תשובה אוטומטית)",
    re.IGNORECASE,
)
_UNDELIVERED = re.compile(
    r"\s*(?:undeliver|delivery (?:status notification|failure|has failed)|mail delivery (?:failed|subsystem)|"
    r"returned mail|failure notice|unzustellbar|non remis|échec de la remise|no se puede entregar|"
    r"mancata consegna|onbestelbaar|niedostarczon|nedoručiteln|недоставлен|退信|配信不能)",
    re.IGNORECASE,
)
_POSTMASTERS = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|bounces?[+=-].*)@", re.IGNORECASE)
_FAILED = re.compile(r"^(?:Final|Original)-Recipient:\s*(?:[A-Za-z0-9-]+;)?\s*<?([^\s<>]+@[^\s<>]+)", re.I | re.M)
_MACHINES = ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Auto-Reply")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


def writer_of(message: Message, *, envelope_from: str | None) -> Writer:
    """Who wrote it, by RFC 3464 and RFC 3834, and by what programs write that heed neither (MAIL-33).

    `envelope_from` is the sender that the relay was told; empty where it was none, None where nobody knows it.
    """
    if _is_bounce(message, envelope_from):
        return Writer.BOUNCE
    if _is_answering_machine(message):
        return Writer.AUTO_REPLY
    precedence = headers.first(message, "Precedence").strip().casefold()
    is_list = any(headers.first(message, f"List-{name}") for name in ("Id", "Unsubscribe", "Post", "Help"))
    if precedence in _BULK or is_list or _automatic(message) not in {"", "no"} or envelope_from == "":
        return Writer.BULK
    suppressed = headers.first(message, "X-Auto-Response-Suppress").casefold()
    return Writer.DOUBTFUL if any(word in suppressed for word in ("all", "oof", "autoreply")) else Writer.PERSON


def failed_address(message: Message) -> str:
    """The address that a bounce is about; empty where it does not say."""
    for part in message.walk():
        if part.get_content_type() in {"message/delivery-status", "text/rfc822-headers"}:
            found = _FAILED.search(_plain(part)[:20_000])
            if found:
                return found[1].casefold()[:254]
    return ""


def _is_bounce(message: Message, envelope_from: str | None) -> bool:
    kind = headers.parameter(message, "Content-Type", "report-type").casefold()
    if message.get_content_type() == "multipart/report" and kind in {"delivery-status", ""}:
        return True
    from_postmaster = bool(_POSTMASTERS.match(headers.sender(message)[1]))
    subject = headers.words(headers.first(message, "Subject"), longest=headers.LONGEST_SUBJECT)
    has_failed = bool(headers.first(message, "X-Failed-Recipients"))
    return (
        has_failed or (bool(_UNDELIVERED.match(subject)) and (from_postmaster or not envelope_from)) or from_postmaster
    )


def _is_answering_machine(message: Message) -> bool:
    subject = headers.words(headers.first(message, "Subject"), longest=headers.LONGEST_SUBJECT)
    return (
        _automatic(message) in {"auto-replied", "auto-notified"}
        or any(
            headers.first(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Auto-Reply")
        )
        or headers.first(message, "Precedence").strip().casefold() == "auto_reply"
        or headers.first(message, "Return-Path").strip() == "<>"
        or bool(_ABSENT.match(subject))
    )


def _automatic(message: Message) -> str:
    return re.split(r"[;(\s]", headers.first(message, "Auto-Submitted").strip().casefold())[0]


def _plain(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(str(one) for one in payload)
    return str(payload)
