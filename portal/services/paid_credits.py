"""Credits that were paid in advance with a contract: they follow its days (AMEND-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import amending
from portal.domain.errors import Refusal
from portal.models.subscriptions import AgreedTerms
from portal.services import credit_changes
from portal.services.contracts import Contract
from portal.services.credit_rows import CreditRow


def after(session: Session, rows: Sequence[CreditRow], held: Contract, amended: Contract) -> Sequence[CreditRow]:
    """Those of the `rows` whose days change with the term of their contract, as they would be.

    Credits that became void because an earlier amendment left them no day come back with the term; those that staff
    voided by themselves stay void. Refused where a later start would leave credits no day.
    """
    own = [row for row in rows if row.credit.subscription_id == held.subscription.id]
    if held.term == amended.term or not own:
        return ()
    amended_at = set(
        session.scalars(select(AgreedTerms.agreed_at).where(AgreedTerms.subscription_id == held.subscription.id))
    )
    moved: list[CreditRow] = []
    next_on: date | None = None
    for row in sorted(own, key=lambda one: one.days.starts_on, reverse=True):
        is_void, days = row.terms.voided, row.days
        if not is_void or row.terms.agreed_at in amended_at:
            left = amending.days_of_credits(days, held.term, amended.term, next_on=next_on, is_back=is_void)
            if left is None and not is_void and amended.term.starts_on > held.term.starts_on:
                raise Refusal(f"Credits that were paid in advance end on {days.last_on}. It has to start before.")
            if (left is None) != is_void or (left and left != days):
                moved.append(credit_changes.row_with(row, left or days, voided=left is None))
            days = left or days
        next_on = days.starts_on
    return moved
