"""What was closed never changes: the database itself refuses it, whoever asks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.customers import a_customer, close, pay_by, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CHANGES = [
    "UPDATE usage_rows SET quantity_nano = 1 WHERE used_on = '2024-01-10'",
    "UPDATE usage_rows SET posted_on = '2024-02-02' WHERE used_on = '2024-01-10'",
    "UPDATE usage_rows SET used_on = '2024-01-01', posted_on = '2024-01-31' WHERE used_on = '2024-02-10'",
    "DELETE FROM usage_rows WHERE used_on = '2024-01-10'",
    "UPDATE invoices SET usage_cents = 1",
    "UPDATE invoices SET number = 'X'",
    "DELETE FROM invoices",
    "UPDATE invoice_lines SET amount_cents = 1",
    "DELETE FROM invoice_lines",
    "UPDATE payments SET total_minor = 1",
    "UPDATE payments SET billed_cents = 1",
    "DELETE FROM payments",
    "UPDATE payment_taxes SET amount_minor = 1",
    "DELETE FROM draws",
    "UPDATE tax_invoices SET due_on = '2030-01-01'",
    "UPDATE documents SET content = '{}'",
    "DELETE FROM documents",
    "DELETE FROM month_closes",
    "UPDATE billing_profiles SET country = 'US'",
    "DELETE FROM activities",
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_statement_changes_a_closed_month(session: Session, change: str) -> None:
    customer = a_customer(session, method=None)
    use(session, customer, date(2024, 1, 10), "600")
    use(session, customer, date(2024, 2, 10), "7")
    close(session, customer, "2024-01")
    session.commit()
    with pytest.raises(DBAPIError) as refused:
        session.execute(text(change))
    assert isinstance(refused.value, IntegrityError) or "cannot change" in str(refused.value)


def test_no_usage_is_added_to_a_closed_month(session: Session) -> None:
    customer = a_customer(session)
    close(session, customer, "2024-01")
    with pytest.raises(DBAPIError, match="usage of a closed month cannot change"):
        use(session, customer, date(2024, 1, 31), "1")


def test_usage_of_an_open_month_may_still_be_corrected(session: Session) -> None:
    customer = a_customer(session)
    close(session, customer, "2024-01")
    use(session, customer, date(2024, 2, 1), "1")
    session.execute(text("UPDATE usage_rows SET quantity_nano = 2000000000"))
    session.execute(text("DELETE FROM usage_rows"))


def test_a_status_may_change(session: Session) -> None:
    customer = a_customer(session, method=None)
    use(session, customer, date(2024, 1, 10), "600")
    close(session, customer, "2024-01")
    pay_by(session, customer, "card_ok", on=date(2024, 2, 2))
    session.execute(text("UPDATE payments SET status = 'PAID'"))
    session.execute(text("UPDATE invoices SET status = 'PAID'"))
