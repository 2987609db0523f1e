"""Issues what waited for day 31, and makes the charges that are due; a charge has two halves with one key."""

from __future__ import annotations

from datetime import datetime

import structlog

from portal.domain.errors import Refusal
from portal.gateways.payments import PaymentGateway
from portal.jobs.sessions import OpenSession
from portal.models.payments import Charge
from portal.services import collecting, failed_payment_mail, issuing, months

log = structlog.get_logger()


def collect(open_session: OpenSession, gateway: PaymentGateway, *, at: datetime, base_url: str = "") -> int:
    """Issue what waited for day 31, and make every charge that is due; returns how many charges were answered.

    An attempt that got no answer is asked again, as the same attempt, the next time. A decline is mailed, with a link
    below `base_url` (MAIL-8).
    """
    with open_session() as session:
        due = [*issuing.waiting(session, at.date()), *collecting.due_for_charge(session, at.date())]
        organizations = sorted({payment.organization_id for payment in due})
    for organization_id in organizations:
        _begin_charges(open_session, organization_id, at)
    with open_session() as session:
        attempts = [charge.id for charge in collecting.unanswered(session)]
    return sum(_ask(open_session, gateway, attempt, at, base_url) for attempt in attempts)


def _begin_charges(open_session: OpenSession, organization_id: int, at: datetime) -> None:
    with open_session() as session:
        # Everything is read after the lock: another process may have been here first.
        months.lock(session, organization_id)
        try:
            issuing.issue_waiting(session, at=at, organization_id=organization_id)
        except Refusal:
            log.exception("tax invoice could not be issued", organization_id=organization_id)
            return
        for payment in collecting.due_for_charge(session, at.date(), organization_id=organization_id):
            collecting.begin_charge(session, payment, at=at)
        session.commit()


def _ask(open_session: OpenSession, gateway: PaymentGateway, charge_id: int, at: datetime, base_url: str) -> bool:
    with open_session() as session:
        request = collecting.request_of(session, session.get_one(Charge, charge_id))
    try:
        answer = gateway.charge(request)
    except Exception:  # A gateway that cannot be reached for one charge must not keep the others from theirs.
        log.exception("charge was not answered", key=request.key)
        return False
    with open_session() as session:
        charge = session.get_one(Charge, charge_id)
        collecting.record_answer(session, charge, answer, at=at)
        failed_payment_mail.post(session, charge, base_url=base_url, at=at)
        session.commit()
    return True
