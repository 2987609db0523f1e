"""What unpaid invoices do to an organization: what is open, how it stands, and the events when that changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain import collection, delinquency
from portal.domain.delinquency import Standing
from portal.domain.events import Event
from portal.domain.invoicing import DUE_AT_CLOSE, FAILED, PaymentStatus
from portal.domain.methods import Method
from portal.models.organizations import Organization
from portal.models.payments import Charge, Payment
from portal.services import history

OPEN = (PaymentStatus.NEW, *FAILED, PaymentStatus.INVOICED, PaymentStatus.PARTIAL_PAID)
_EVENTS = {
    Standing.ACTIVE: Event.ORG_ACTIVATED,
    Standing.SUSPENDED: Event.ORG_SUSPENDED,
    Standing.LOCKED: Event.ORG_LOCKED,
}
# Made once: the simulator asks them on every day on which something happens.
_OPEN_PAYMENTS = (
    select(
        Payment.organization_id, Payment.id, Payment.method, Payment.status, Payment.created_at, Payment.collect_on,
        Payment.due_on, func.min(Charge.requested_at), func.max(Charge.requested_at),
    )
    .outerjoin(Charge, Charge.payment_id == Payment.id)
    .where(
        Payment.organization_id.in_(bindparam("organizations", expanding=True)), Payment.status.in_(OPEN),
        Payment.total_minor > 0,
    )
    .group_by(Payment.id)
    .order_by(Payment.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment that still bears money, with the days that matter for collecting it."""

    payment_id: int
    method: Method
    status: PaymentStatus
    closed_on: date
    collect_on: date | None
    due_on: date | None
    first_tried_on: date | None
    last_tried_on: date | None

    @property
    def owed_since(self) -> date:
        """The day its age counts from."""
        return owed_since(self.method, closed_on=self.closed_on, due_on=self.due_on)

    def is_due_for_charge(self, on: date) -> bool:
        """Whether a charge is to be made on the day: the first one, or another after a decline."""
        if self.collect_on is None or self.collect_on > on:
            return False
        return self.status is PaymentStatus.NEW or (self.next_try_on or date.max) <= on

    @property
    def next_try_on(self) -> date | None:
        """The day of the next try after a decline; None where there was none, and after the last."""
        if self.first_tried_on is None or self.last_tried_on is None:
            return None
        return collection.next_try_on(self.first_tried_on, self.last_tried_on)


def open_payments(session: Session, organization: Organization) -> Sequence[OpenPayment]:
    """Everything of the organization that has not been paid in full, the oldest first."""
    return open_payments_of(session, [organization.id]).get(organization.id, ())


def open_payments_of(session: Session, organization_ids: Collection[int]) -> Mapping[int, Sequence[OpenPayment]]:
    """`open_payments` of each of the organizations that has any."""
    found: dict[int, list[OpenPayment]] = defaultdict(list)
    rows = session.execute(_OPEN_PAYMENTS, {"organizations": list(organization_ids)})
    for organization_id, key, method, status, closed_at, collect_on, due_on, first_at, last_at in rows:
        payment = OpenPayment(key, method, status, closed_at.date(), collect_on, due_on, _day(first_at), _day(last_at))
        found[organization_id].append(payment)
    return found


def owed_since(method: Method, *, closed_on: date, due_on: date | None) -> date:
    """The day a payment's age counts from: the close of its month, or the due day where there are terms (10)."""
    return closed_on if method in DUE_AT_CLOSE or due_on is None else due_on


def standing(session: Session, organization: Organization, on: date) -> Standing:
    """How the organization stands with its payments on the day `on`."""
    return _standing(open_payments(session, organization), on)


def note_standing(
    session: Session, organization: Organization, still_open: Iterable[OpenPayment], *, last: Standing, at: datetime
) -> Standing:
    """The standing on the day of `at`; an event is written where it is not the `last` one."""
    now = _standing(still_open, at.date())
    if now is not last:
        history.record(session, organization, _EVENTS[now], at=at)
        session.flush()
    return now


def _standing(still_open: Iterable[OpenPayment], on: date) -> Standing:
    return delinquency.standing((payment.owed_since for payment in still_open), on)


def _day(instant: datetime | None) -> date | None:
    return instant.date() if instant else None
