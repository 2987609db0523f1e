"""Works off the mail that came in, each once; one that fails does not stop the others."""

# What a mail does to cases, the answers that it causes and the note that it is done are one transaction: who is killed
# before its end has done nothing, and the mail is taken up again.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from portal.domain.incoming import reading
from portal.domain.incoming.letters import IncomingLetter
from portal.jobs.sessions import OpenSession
from portal.services import incoming_mail, mail_routing
from portal.services.incoming_mail import Arrival
from portal.services.mail_desks import MailDesk

log = structlog.get_logger()


def work_off(
    open_session: OpenSession,
    desk: MailDesk,
    *,
    now: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Route all mail that waits, the oldest first; returns how many. It ends early when it is `stopping`."""
    done = 0
    passed_over: set[int] = set()
    while not stopping():
        found = _next(open_session, now(), passed_over)
        if found is None:
            break
        mail_id, letter = found
        if _route(open_session, mail_id, letter, desk, now()):
            done += 1
        else:
            # Another worker has it in hand, or it is put off.
            passed_over.add(mail_id)
    return done


def keep(open_session: OpenSession, arrival: Arrival, *, at: datetime) -> bool:
    """Keep a mail before anything is done with it, and only then return (MAIL-40); False where it is here already."""
    with open_session() as session:
        is_new = incoming_mail.receive(session, arrival, at=at)
        session.commit()
    return is_new


def _next(open_session: OpenSession, at: datetime, passed_over: set[int]) -> tuple[int, IncomingLetter] | None:
    """The next mail and what it says: it is read while nobody waits for this transaction."""
    with open_session() as session:
        mail = incoming_mail.next_due(session, at=at, but=passed_over)
        raw = (mail.id, mail.raw, mail.envelope_from) if mail else None
        session.rollback()
    return (raw[0], reading.read(raw[1], envelope_from=raw[2])) if raw else None


def _route(open_session: OpenSession, mail_id: int, letter: IncomingLetter, desk: MailDesk, at: datetime) -> bool:
    """Whether this process has worked it off."""
    try:
        with open_session() as session:
            mail = incoming_mail.hold(session, mail_id, at=at)
            if mail is None:
                return False
            mail_routing.route(session, mail, letter, desk, at=at)
            session.commit()
    except Exception:  # One mail that cannot be worked off must not keep the others waiting.
        log.exception("mail was not worked off", incoming_mail_id=mail_id)
        with open_session() as session:
            incoming_mail.put_off(session, mail_id, at=at)
            session.commit()
        return False
    return True
