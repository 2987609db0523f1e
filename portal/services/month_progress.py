"""How far the close of a month is: closed, set aside, invoices, documents, charges, mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from portal.domain.mail import DeliveryState
from portal.domain.periods import Month
from portal.models.documents import Document, WaitingDocument
from portal.models.invoices import Invoice, MonthClose, SetAside
from portal.models.organizations import Organization
from portal.models.outbox import MessageDocument, Recipient
from portal.models.payments import Charge, Payment
from portal.services import months

MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many are done."""

    done: int
    total: int

    @property
    def left(self) -> int:
        """How many are still to be done."""
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Fault:
    """An organization that was set aside: in which month, and why."""

    organization: str
    slug: str
    month: Month
    reason: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class MonthProgress:
    """How far a month is. `faults` are at most `MOST_FAULTS` of the `set_aside`, who are among those to go."""

    month: Month
    organizations: Share
    set_aside: int
    faults: Sequence[Fault]
    invoices: int
    documents: Share
    charges: Share
    mails: Share
    started_at: datetime | None
    last_closed_at: datetime | None

    @property
    def is_under_way(self) -> bool:
        """Whether workers have something to do for it."""
        closes = self.organizations.left > self.set_aside
        return closes or any(share.left for share in (self.documents, self.charges, self.mails))


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month, and for how many organizations it is closed."""

    month: Month
    closed: int


def progress(session: Session, month: Month) -> MonthProgress:
    """How far `month` is. Everything is counted from the month's own rows, found by its index."""
    closed, started_at, last_closed_at = session.execute(
        select(func.count(), func.min(MonthClose.closed_at), func.max(MonthClose.closed_at)).where(
            MonthClose.period_on == month.first_on
        )
    ).one()
    to_go = session.scalar(select(func.count()).select_from(months.unclosed(month).order_by(None).subquery())) or 0
    of_month = SetAside.period_on <= month.first_on
    return MonthProgress(
        month=month,
        organizations=Share(closed, closed + to_go),
        set_aside=session.scalar(select(func.count()).select_from(SetAside).where(of_month)) or 0,
        faults=_faults(session, month),
        invoices=session.scalar(select(func.count()).where(Invoice.period_on == month.first_on)) or 0,
        documents=_documents(session, month),
        charges=_charges(session, month),
        mails=_mails(session, month),
        started_at=started_at,
        last_closed_at=last_closed_at,
    )


def recent(session: Session, until: Month, *, count: int = 12) -> Sequence[ClosedMonth]:
    """The `count` months up to `until`, the newest first, and for how many organizations each is closed."""
    wanted = [until]
    while len(wanted) < count:
        wanted.append(wanted[-1].preceding())
    rows = session.execute(
        select(MonthClose.period_on, func.count())
        .where(MonthClose.period_on >= wanted[-1].first_on, MonthClose.period_on <= until.first_on)
        .group_by(MonthClose.period_on)
    )
    closed = {Month.of(period_on): number for period_on, number in rows}
    return [ClosedMonth(month, closed.get(month, 0)) for month in wanted]


def _faults(session: Session, month: Month) -> Sequence[Fault]:
    rows = session.execute(
        select(Organization.name, Organization.slug, SetAside.period_on, SetAside.reason, SetAside.failed_at)
        .join(Organization, Organization.id == SetAside.organization_id)
        .where(SetAside.period_on <= month.first_on)
        .order_by(SetAside.failed_at.desc(), Organization.slug)
        .limit(MOST_FAULTS)
    )
    return [Fault(name, slug, Month.of(on), reason, failed_at) for name, slug, on, reason, failed_at in rows]


def _documents(session: Session, month: Month) -> Share:
    total, waiting = session.execute(
        select(func.count(), func.count(WaitingDocument.document_id))
        .select_from(Invoice)
        .join(Document, Document.invoice_id == Invoice.id)
        .outerjoin(WaitingDocument, WaitingDocument.document_id == Document.id)
        .where(Invoice.period_on == month.first_on)
    ).one()
    return Share(total - waiting, total)


def _charges(session: Session, month: Month) -> Share:
    """Charges that were asked for; a payment that waits for its day has none yet."""
    return _share(
        session,
        select(func.count(Charge.answered_at), func.count())
        .select_from(Invoice)
        .join(Payment, Payment.invoice_id == Invoice.id)
        .join(Charge, Charge.payment_id == Payment.id)
        .where(Invoice.period_on == month.first_on),
    )


def _mails(session: Session, month: Month) -> Share:
    """Mails with documents of the month, counted by recipients; one that was refused or given up is done with."""
    settled = func.count(case((Recipient.state != DeliveryState.QUEUED, 1)))
    return _share(
        session,
        select(settled, func.count())
        .select_from(Invoice)
        .join(Document, Document.invoice_id == Invoice.id)
        .join(MessageDocument, MessageDocument.document_id == Document.id)
        .join(Recipient, Recipient.message_id == MessageDocument.message_id)
        .where(Invoice.period_on == month.first_on),
    )


def _share(session: Session, counts: Select[int, int]) -> Share:
    done, total = session.execute(counts).one()
    return Share(done, total)
