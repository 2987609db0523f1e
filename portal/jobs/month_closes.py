"""Closes months for every organization, each in a transaction of its own: on demand, and by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select

from portal import catalogues, metrics
from portal.domain.errors import Refusal
from portal.domain.periods import Month
from portal.jobs.sessions import OpenSession
from portal.models.invoices import SetAside
from portal.models.organizations import Organization
from portal.services import closing, closing_requests, months

_UNFORESEEN = "Something went wrong in the close; the log says what."
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What closing a month came to for one organization; `reason` says why it was set aside."""

    slug: str
    numbers: tuple[str, ...] = ()
    reason: str | None = None


def close(open_session: OpenSession, month: Month, *, at: datetime, slug: str | None = None) -> Iterator[Outcome]:
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


def close_ended(open_session: OpenSession, *, after_days: int, now: Callable[[], datetime]) -> Iterator[Outcome]:
    """Close every month that ended `after_days` days ago, of every organization, the oldest first (CLOSE-9).

    Several processes share the work: each takes the next organization that none of the others holds. Who stops
    between two outcomes leaves nothing half. What was set aside is tried again after an hour, or when staff asks.
    """
    with open_session() as session:
        through, failed_before = closing_requests.close_through(session, after_days=after_days, at=now())
    passed = 0
    while found := _close_next(open_session, through, passed, failed_before, now()):
        organization_id, month, outcome = found
        # One that is months behind is taken again until it is up to date, or was set aside.
        passed = organization_id if month >= through or outcome.reason else organization_id - 1
        yield outcome


def _close_next(
    open_session: OpenSession, through: Month, passed: int, failed_before: datetime, at: datetime
) -> tuple[int, Month, Outcome] | None:
    with open_session() as session:
        organization = months.hold_unclosed(session, through, after=passed, failed_before=failed_before)
        if organization is None:
            return None
        organization_id, slug = organization.id, organization.slug
        month = months.next_to_close(session, organization)
        try:
            with metrics.job("month close"):
                invoices = closing.close_month(session, organization, month, at=at)
                session.commit()
            return organization_id, month, Outcome(slug, tuple(invoice.number for invoice in invoices))
        except Refusal as refusal:
            reason = str(refusal)
        except Exception:  # One organization's fault, whatever it is, must not stop the others' month (CLOSE-6).
            log.exception("month close failed", organization=slug, month=str(month))
            reason = _UNFORESEEN
    return organization_id, month, _set_aside(open_session, organization_id, slug, month, reason, at)


def _close_one(
    open_session: OpenSession, organization_id: int, slug: str, month: Month, at: datetime
) -> Outcome | None:
    """What the close came to; None for an organization whose catalogue closes no months."""
    try:
        with open_session() as session:
            organization = session.get_one(Organization, organization_id)
            if not catalogues.load(organization.catalogue).closes_months:
                return None
            with metrics.job("month close"):
                invoices = closing.close_month(session, organization, month, at=at)
                session.commit()
            return Outcome(slug, tuple(invoice.number for invoice in invoices))
    except Refusal as refusal:
        return _set_aside(open_session, organization_id, slug, month, str(refusal), at)
    except Exception:  # One organization's fault, whatever it is, must not stop the others' month (CLOSE-6).
        log.exception("month close failed", organization=slug, month=str(month))
        return _set_aside(open_session, organization_id, slug, month, _UNFORESEEN, at)


def _set_aside(
    open_session: OpenSession, organization_id: int, slug: str, month: Month, reason: str, at: datetime
) -> Outcome:
    # In a session of its own: the reason must outlive the close that was rolled back.
    with open_session() as session:
        session.merge(SetAside(organization_id=organization_id, period_on=month.first_on, reason=reason, failed_at=at))
        session.commit()
    return Outcome(slug, reason=reason)
