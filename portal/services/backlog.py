"""How far behind the work in the background is: mail, documents, organizations that were set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.domain.mail import DeliveryState
from portal.models.documents import WaitingDocument
from portal.models.invoices import SetAside
from portal.models.outbox import Recipient


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits at one moment; `mail_lag` is how long the oldest mail that is due has been due."""

    mail_lag: timedelta
    mail_due: int
    documents: int
    set_aside: int


def measure(session: Session, *, at: datetime) -> Backlog:
    """What waits at `at`."""
    return Backlog(
        mail_lag=mail_lag(session, at=at),
        mail_due=session.scalar(select(func.count()).where(*_due(at))) or 0,
        documents=session.scalar(select(func.count()).select_from(WaitingDocument)) or 0,
        set_aside=session.scalar(select(func.count()).select_from(SetAside)) or 0,
    )


def mail_lag(session: Session, *, at: datetime) -> timedelta:
    """How long the oldest mail that is due has been due; nothing where none is."""
    oldest = session.scalar(select(func.min(Recipient.next_try_at)).where(*_due(at)))
    return at - oldest if oldest else timedelta()


def _due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return Recipient.state == DeliveryState.QUEUED, Recipient.next_try_at <= at
