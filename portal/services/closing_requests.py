"""Staff ask for a month to be closed now; what they asked for is read by the job that closes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Refusal
from portal.domain.looks import Look
from portal.domain.periods import Month
from portal.models.invoices import ClosingRequest
from portal.models.organizations import User
from portal.services import looks

TRIED_AGAIN_AFTER = timedelta(hours=1)


def ask(session: Session, month: Month, *, by: User, at: datetime) -> None:
    """Have `month` closed now for everybody for whom it is still open, also where it was set aside (CLOSE-9).

    Refused while the month runs. Asked for twice, it is closed once.
    """
    if at.date() < month.ends_before:
        raise Refusal(f"{month} has not ended yet. It can be closed from {month.ends_before} on.")
    session.add(ClosingRequest(period_on=month.first_on, asked_by_id=by.id, asked_at=at))
    session.flush()
    looks.ask(session, Look.MONTHS)


def close_through(session: Session, *, after_days: int, at: datetime) -> tuple[Month, datetime]:
    """The last month to be closed at `at`, and the instant: who was set aside before it is tried again (CLOSE-9)."""
    month, failed_before = Month.ended(after_days, before=at.date()), at - TRIED_AGAIN_AFTER
    asked_on = session.scalar(select(func.max(ClosingRequest.period_on)))
    asked_at = session.scalar(select(func.max(ClosingRequest.asked_at)))
    if asked_on is None or asked_at is None:
        return month, failed_before
    return max(month, Month.of(asked_on)), max(failed_before, asked_at)
