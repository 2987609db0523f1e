"""What was closed never changes: the database itself refuses it, whoever asks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.models import Base
from tests.customers import Customer, a_customer, charge_due, close, pay_by, payments, use

if TYPE_CHECKING:
    from sqlalchemy import Executable
    from sqlalchemy.orm import Session

# Of a frozen table, the columns that live on.
LIVING = {
    "month_closes": set(),
    "invoices": {"status"},
    "invoice_lines": set(),
    "payments": {"status"},
    "payment_taxes": set(),
    "draws": set(),
    "charges": {"answered_at", "succeeded", "reason", "gateway_reference"},
    "number_series": {"last"},
    "receipts": set(),
    "tax_invoices": set(),
    "documents": set(),
    "document_files": set(),
    "billing_profiles": set(),
    "activities": set(),
}
USAGE_CHANGES = [
    "UPDATE usage_rows SET quantity_nano = 1 WHERE used_on = '2024-01-10'",
    "UPDATE usage_rows SET posted_on = '2024-02-02' WHERE used_on = '2024-01-10'",
    "UPDATE usage_rows SET used_on = '2024-01-01', posted_on = '2024-01-31' WHERE used_on = '2024-02-10'",
    "DELETE FROM usage_rows WHERE used_on = '2024-01-10'",
]
# Each takes a row of the closed month as a pattern for one more.
ADDITIONS: dict[str, dict[str, object]] = {
    "invoices": {"id": 99, "hex_id": "f" * 24, "number": "X", "billing_group_id": 99},
    "invoice_lines": {"id": 99},
    "payments": {"id": 99, "hex_id": "f" * 24, "position": 99},
    "payment_taxes": {"position": 99},
    "draws": {"id": 99, "posted_on": date(2024, 1, 31)},
}


def a_closed_january(session: Session) -> Customer:
    """One that was paid by card, with a file in the archive, and some usage in February."""
    customer = a_customer(session, since=date(2023, 11, 1))
    use(session, customer, date(2023, 11, 10), "1")
    close(session, customer, "2023-11")
    close(session, customer, "2023-12")
    use(session, customer, date(2024, 1, 10), "600")
    use(session, customer, date(2024, 2, 10), "7")
    close(session, customer, "2024-01")
    charge_due(session, customer, date(2024, 2, 1))
    session.execute(
        text("INSERT INTO document_files SELECT id, 'x', 1, issued_at FROM documents ORDER BY id LIMIT 1"),
    )
    session.commit()
    return customer


@pytest.mark.parametrize("table", LIVING)
def test_no_written_row_changes_or_goes(session: Session, table: str) -> None:
    a_closed_january(session)
    frozen = Base.metadata.tables[table]
    assert session.execute(select(frozen)).first() is not None
    for column in frozen.columns:
        if column.name not in LIVING[table]:
            assert_refused(session, update(frozen).values({column: column}))
    assert_refused(session, delete(frozen))
    assert_not_emptied(session, table)


def assert_refused(session: Session, statement: Executable) -> None:
    with pytest.raises(DBAPIError, match="cannot change"), session.begin_nested():
        session.execute(statement)


def assert_not_emptied(session: Session, table: str) -> None:
    """PostgreSQL asks no row when it truncates; SQLite cannot."""
    if session.get_bind().dialect.name == "postgresql":
        assert_refused(session, text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize("change", USAGE_CHANGES)
def test_billed_usage_neither_changes_nor_goes(session: Session, change: str) -> None:
    a_closed_january(session)
    with pytest.raises(DBAPIError, match="usage of a closed month cannot change"):
        session.execute(text(change))


def test_usage_is_not_emptied_at_once(session: Session) -> None:
    assert_not_emptied(session, "usage_rows")


def test_no_usage_is_added_to_a_closed_month(session: Session) -> None:
    customer = a_customer(session)
    close(session, customer, "2024-01")
    with pytest.raises(DBAPIError, match="usage of a closed month cannot change"):
        use(session, customer, date(2024, 1, 31), "1")


@pytest.mark.parametrize("table", ADDITIONS)
def test_nothing_is_added_to_a_closed_invoice(session: Session, table: str) -> None:
    a_closed_january(session)
    with pytest.raises(DBAPIError, match=r"closed (month|invoice) cannot change"):
        add_one_like_the_first(session, table, ADDITIONS[table])


@pytest.mark.parametrize(
    ("table", "column"), [("invoice_lines", "invoice_id"), ("invoice_lines", "project_id"), ("draws", "payment_id")]
)
def test_nothing_is_billed_for_what_is_not_there(session: Session, table: str, column: str) -> None:
    """Also where no foreign key asks for it."""
    a_closed_january(session)
    of_february = {"id": 99, "hex_id": "f" * 24, "number": "X", "period_on": date(2024, 2, 1)}
    add_one_like_the_first(session, "invoices", of_february)
    additions: dict[str, dict[str, object]] = {"invoice_lines": {"id": 99, "invoice_id": 99}, "draws": {"id": 99}}
    with pytest.raises(IntegrityError, match=rf"FOREIGN KEY|{column} is not in"):
        add_one_like_the_first(session, table, additions[table] | {column: 999})


def test_a_billed_project_is_not_taken_away(session: Session) -> None:
    a_closed_january(session)
    with pytest.raises(IntegrityError):
        session.execute(text("DELETE FROM projects"))


def add_one_like_the_first(session: Session, table: str, values: dict[str, object]) -> None:
    added = Base.metadata.tables[table]
    row = session.execute(select(added)).mappings().first()
    assert row is not None
    session.execute(added.insert().values(dict(row) | values))


def test_no_row_takes_the_place_of_a_billed_one(session: Session) -> None:
    """SQLite's REPLACE deletes what is in its way."""
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("only SQLite replaces")
    a_closed_january(session)
    with pytest.raises(DBAPIError, match="cannot change"):
        session.execute(
            text(
                "INSERT OR REPLACE INTO usage_rows SELECT id, organization_id, project_id, import_id, service, sku, "
                "provider, '2024-02-01', '2024-02-01', 1, unit, unit_price_pico, external_id, carried_from_id "
                "FROM usage_rows WHERE used_on = '2024-01-10'"
            )
        )


def test_the_answer_to_a_charge_stays(session: Session) -> None:
    a_closed_january(session)
    with pytest.raises(DBAPIError, match="an answer cannot change"):
        session.execute(text("UPDATE charges SET succeeded = NOT succeeded"))


@pytest.mark.parametrize("step", [-1, 0, 2])
def test_numbers_are_taken_one_after_the_other(session: Session, step: int) -> None:
    a_closed_january(session)
    with pytest.raises(DBAPIError, match="one by one"):
        session.execute(text("UPDATE number_series SET last = last + :step"), {"step": step})


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
    session.expire_all()
    assert [payment.status for payment in payments(session, customer)] == ["PAID"]
