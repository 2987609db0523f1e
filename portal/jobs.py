"""What runs in the background: each step is a transaction of its own, may be killed at any point, and is run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from invoices.archive import Archive
from portal import catalogues
from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.gateways.payments import PaymentGateway
from portal.models.invoices import SetAside
from portal.models.organizations import Organization
from portal.models.payments import Charge
from portal.services import closing, collecting, issuing, months, rendering

OpenSession = Callable[[], Session]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What closing a month came to for one organization; `reason` says why it was set aside."""

    slug: str
    numbers: tuple[str, ...] = ()
    reason: str | None = None


def close_months(
    open_session: OpenSession, month: Month, *, at: datetime, slug: str | None = None
) -> Iterator[Outcome]:
    """Close `month` for every organization whose catalogue is billed, or for one; refused for an unknown one.

    One that fails is set aside with its reason and does not stop the others.
    """
    with open_session() as session:
        wanted = select(Organization.id, Organization.slug).order_by(Organization.id)
        found = session.execute(wanted.where(Organization.slug == slug) if slug else wanted).all()
    if slug and not found:
        raise Refusal(f"There is no organization “{slug}”.")
    for organization_id, name in found:
        outcome = _close_one(open_session, organization_id, name, month, at)
        if outcome:
            yield outcome


def collect(open_session: OpenSession, gateway: PaymentGateway, *, at: datetime) -> int:
    """Issue what waited for day 31, and make every charge that is due; returns how many charges were answered.

    An attempt that got no answer is asked again, as the same attempt, the next time.
    """
    with open_session() as session:
        due = [*issuing.waiting(session, at.date()), *collecting.due_for_charge(session, at.date())]
        organizations = sorted({payment.organization_id for payment in due})
    for organization_id in organizations:
        _begin_charges(open_session, organization_id, at)
    with open_session() as session:
        attempts = [charge.id for charge in collecting.unanswered(session)]
    return sum(_ask(open_session, gateway, attempt, at) for attempt in attempts)


def render_documents(open_session: OpenSession, archive: Archive, *, at: datetime) -> int:
    """Make and archive the PDF of every document that has none; returns how many were made.

    One that cannot be made is logged and does not stop the others; it is tried again the next time.
    """
    made = last = 0
    while batch := _waiting_documents(open_session, after=last):
        for document_id in batch:
            made += _render(open_session, archive, document_id, at)
        last = batch[-1]
    return made


def _close_one(
    open_session: OpenSession, organization_id: int, slug: str, month: Month, at: datetime
) -> Outcome | None:
    """What the close came to; None for an organization whose catalogue closes no months."""
    try:
        with open_session() as session:
            organization = session.get_one(Organization, organization_id)
            if not catalogues.load(organization.catalogue).closes_months:
                return None
            invoices = closing.close_month(session, organization, month, at=at)
            session.commit()
            return Outcome(slug, tuple(invoice.number for invoice in invoices))
    except Refusal as refusal:
        return _set_aside(open_session, organization_id, slug, month, str(refusal), at)
    except Exception:  # One organization's fault, whatever it is, must not stop the others' month (CLOSE-6).
        log.exception("month close failed", organization=slug, month=str(month))
        reason = "Something went wrong in the close; the log says what."
        return _set_aside(open_session, organization_id, slug, month, reason, at)


def _set_aside(
    open_session: OpenSession, organization_id: int, slug: str, month: Month, reason: str, at: datetime
) -> Outcome:
    # In a session of its own: the reason must outlive the close that was rolled back.
    with open_session() as session:
        session.merge(SetAside(organization_id=organization_id, period_on=month.first_on, reason=reason, failed_at=at))
        session.commit()
    return Outcome(slug, reason=reason)


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


def _ask(open_session: OpenSession, gateway: PaymentGateway, charge_id: int, at: datetime) -> bool:
    with open_session() as session:
        request = collecting.request_of(session, session.get_one(Charge, charge_id))
    try:
        answer = gateway.charge(request)
    except Exception:  # A gateway that cannot be reached for one charge must not keep the others from theirs.
        log.exception("charge was not answered", key=request.key)
        return False
    with open_session() as session:
        collecting.record_answer(session, session.get_one(Charge, charge_id), answer, at=at)
        session.commit()
    return True


def _render(open_session: OpenSession, archive: Archive, document_id: int, at: datetime) -> bool:
    try:
        with open_session() as session:
            row, content = rendering.read(session, document_id)
        # Drawn between two transactions: a long document holds up nobody who writes.
        pdf = rendering.draw(content)
        with open_session() as session:
            rendering.keep(session, archive, row, pdf, at=at)
            session.commit()
    except Exception:  # One document that cannot be made must not keep the others from being made.
        log.exception("document was not made", document_id=document_id)
        return False
    return True


def _waiting_documents(open_session: OpenSession, *, after: int) -> Sequence[int]:
    with open_session() as session:
        return rendering.waiting(session, after=after)
