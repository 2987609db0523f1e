"""The papers of contracts: order forms, tax invoices of what was paid in advance, uploaded agreements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain import invoicing
from portal.domain.money import Money
from portal.models.contract_papers import Agreement, OrderForm
from portal.models.documents import TaxInvoice
from portal.models.payments import Payment, Purpose, Receipt


@dataclass(frozen=True, slots=True)
class Prepaid:
    """The tax invoice of credits that are paid in advance; `due` is what is still to be paid of it."""

    number: str
    issued_on: date
    due_on: date
    total: Money
    due: Money

    def is_overdue(self, on: date) -> bool:
        """Whether something of it should have been paid before the day."""
        return bool(self.due) and self.due_on < on


@dataclass(frozen=True, slots=True)
class Papers:
    """What there is on paper of one contract, the newest of each kind first; the first one holds."""

    order_forms: Sequence[OrderForm] = ()
    agreements: Sequence[Agreement] = ()
    prepaid: Sequence[Prepaid] = ()

    def __bool__(self) -> bool:
        return bool(self.order_forms or self.agreements or self.prepaid)


def of_subscriptions(session: Session, subscription_ids: Collection[int]) -> Mapping[int, Papers]:
    """The papers of each of these contracts, in three queries."""
    forms: dict[int, list[OrderForm]] = defaultdict(list)
    for form in session.scalars(
        select(OrderForm).where(OrderForm.subscription_id.in_(subscription_ids)).order_by(OrderForm.id.desc())
    ):
        forms[form.subscription_id].append(form)
    agreements: dict[int, list[Agreement]] = defaultdict(list)
    for agreement in session.scalars(
        select(Agreement).where(Agreement.subscription_id.in_(subscription_ids)).order_by(Agreement.version.desc())
    ):
        agreements[agreement.subscription_id].append(agreement)
    prepaid = _prepaid(session, subscription_ids)
    return {id_: Papers(forms[id_], agreements[id_], prepaid.get(id_, ())) for id_ in subscription_ids}


def _prepaid(session: Session, subscription_ids: Collection[int]) -> Mapping[int, Sequence[Prepaid]]:
    rows = session.execute(
        select(TaxInvoice, Payment.subscription_id, Payment.status, func.coalesce(func.sum(Receipt.amount_minor), 0))
        .join(Payment, Payment.id == TaxInvoice.payment_id)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(Payment.subscription_id.in_(subscription_ids), Payment.purpose == Purpose.PREPAYMENT)
        .group_by(TaxInvoice.id, Payment.id)
        .order_by(TaxInvoice.id.desc())
    )
    found: dict[int, list[Prepaid]] = defaultdict(list)
    for one, subscription_id, status, received in rows:
        if subscription_id is not None:
            due = invoicing.due_after(status, total_minor=one.total_minor, received_minor=int(received))
            total = Money(one.total_minor, one.currency)
            found[subscription_id].append(
                Prepaid(one.number, one.issued_on, one.due_on, total, Money(due, one.currency))
            )
    return found
