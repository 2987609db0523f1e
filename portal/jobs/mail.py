"""Sends the mail that is due; one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from invoices.archive import Archive
from portal import catalogues
from portal.config import Settings
from portal.domain.mail import Outcome
from portal.gateways.mail import Answer, MailGateway, UnreachableError
from portal.gateways.mail.smtp import SmtpGateway
from portal.jobs.mailbox import MailboxGateway
from portal.jobs.sessions import OpenSession
from portal.services import sending
from portal.services.sending import Claim

log = structlog.get_logger()

_FAULT = Answer(Outcome.LATER, "The mail could not be made or handed over; the log says why.")


def gateway(settings: Settings, open_session: OpenSession, now: Callable[[], datetime]) -> MailGateway | None:
    """Where mail goes: to the mail server of the settings, or into the mailbox of a demo; None: it has to wait."""
    if settings.mail.server:
        entity = catalogues.load_seller().entity
        return SmtpGateway(settings.mail.server, own_name=entity.email.rpartition("@")[2])
    return MailboxGateway(open_session, now) if settings.has_mailbox else None


def send(
    open_session: OpenSession,
    gateway: MailGateway,
    *,
    archive: Archive,
    now: Callable[[], datetime],
    sender: str | None = None,
    support_address: str | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Send all mail that is due, each message once; returns to how many recipients it has gone.

    `now` tells the time: a claim counts from the moment in which it is made, and a run may take longer than it holds.
    Mail is from `sender`, and answers about cases go to `support_address`, or else to those of the company.
    It ends early when it is `stopping`, and where the mail server cannot be reached; what was not tried stays due.
    """
    with open_session() as session:
        sending.release(session, at=now())
        session.commit()
    gone = 0
    try:
        while not stopping() and (claimed := _claim(open_session, now())):
            answers, is_reachable = _try(open_session, gateway, archive, claimed, sender, support_address)
            gone += sum(answer.outcome is Outcome.ACCEPTED for answer in answers.values())
            _record(open_session, claimed, answers, now())
            if not is_reachable:
                break
    finally:
        gateway.close()
    return gone


def _claim(open_session: OpenSession, at: datetime) -> Claim | None:
    with open_session() as session:
        claimed = sending.claim(session, at=at)
        session.commit()
    return claimed


def _try(
    open_session: OpenSession,
    gateway: MailGateway,
    archive: Archive,
    claimed: Claim,
    sender: str | None,
    support_address: str | None,
) -> tuple[Mapping[int, Answer], bool]:
    """The answers by the ids of the recipients, and whether it makes sense to try other mail, too."""
    try:
        with open_session() as session:
            mail = sending.compose(session, archive, claimed, sender=sender, support_address=support_address)
        answers = gateway.deliver(mail)
    except UnreachableError as error:
        log.warning("mail server cannot be reached", reason=str(error))
        return dict.fromkeys(claimed.recipients, Answer(Outcome.LATER, str(error))), False
    except Exception:  # One mail that cannot be made or sent must not keep the others from being sent.
        log.exception("mail was not sent", message_id=claimed.message_id)
        return dict.fromkeys(claimed.recipients, _FAULT), True
    return {one: answers[address] for one, address in claimed.recipients.items()}, True


def _record(open_session: OpenSession, claimed: Claim, answers: Mapping[int, Answer], at: datetime) -> None:
    with open_session() as session:
        sending.record(session, claimed, answers, at=at)
        session.commit()
