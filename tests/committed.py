"""Acme with a contract and credits, on a day in April 2024: what tests of their pages look at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from portal import clock
from portal.domain.money import USD, Money
from portal.domain.periods import Days, Month
from portal.models.credit_rows import CreditKind
from portal.services import credit_rows
from portal.services.credit_rows import Grant
from tests import customers
from tests.contracts import activate, terms
from tests.customers import midnight

if TYPE_CHECKING:
    import pytest
    from sqlalchemy.orm import Session

    from portal.models.credit_rows import Credit
    from tests.customers import Customer

TODAY = date(2024, 4, 10)
JANUARY, FEBRUARY, MARCH, APRIL = (date(2024, month, 1) for month in range(1, 5))


def stay_in_april(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be nine o'clock on `TODAY`, so that every day of the pages is known."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 4, 10, 9, tzinfo=UTC))


def commit(session: Session, acme: Customer) -> dict[str, str]:
    """A monthly commitment of 12,000.00 with elastic since January, three closed months, and 40 used in April.

    Returns the numbers of the invoices by month.
    """
    customers.live_at(session, acme)
    activate(session, acme, terms(elastic=True, purchase_order="PO-77"))
    numbers = {}
    for first_on, amount in ((JANUARY, "600"), (FEBRUARY, "1300"), (MARCH, "500")):
        month = str(Month.of(first_on))
        customers.use(session, acme, first_on, amount)
        numbers[month] = customers.close(session, acme, month)[0].number
    customers.use(session, acme, TODAY, "40")
    return numbers


def grant(session: Session, acme: Customer, amount: str, days: Days, **changes: Any) -> Credit:
    """Promotional credits, granted today."""
    wanted = Grant(kind=CreditKind.PROMOTIONAL, total=Money.of(amount, USD), days=days, **changes)
    return credit_rows.grant(session, acme.organization, acme.group, wanted, at=midnight(TODAY))


def commit_with_credits(session: Session, acme: Customer) -> dict[str, str]:
    """`commit`, with credits that are in use, upcoming and expired, a contract that ended and one that is to come."""
    customers.live_at(session, acme)
    activate(session, acme, terms("prepaid", "100.00", months=1))
    numbers = commit(session, acme)
    grant(session, acme, "30", Days(MARCH, date(2024, 7, 1)), priority=1)
    grant(session, acme, "500", Days(date(2024, 5, 1), date(2024, 7, 1)))
    grant(session, acme, "70", Days(FEBRUARY, MARCH))
    activate(session, acme, terms(starts_on=date(2025, 1, 1), yearly_in_advance=True), on=TODAY)
    return numbers
