"""Lists with many rows: they ask the database as often as with few, read an index in its order, and end somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from bench.books import SLUG, keep_books
from portal.database import reading
from portal.domain.invoicing import INVOICE_LABELS, InvoiceStatus
from portal.models.invoices import STATUS_PLACE
from portal.models.organizations import Organization
from portal.services import invoices
from portal.services.invoices import InvoiceOrder, InvoiceQuery, StatusFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

DATABASES = ("sqlite",)
QUERIES = [
    InvoiceQuery(order=order, descending=descending, status=status)
    for order in InvoiceOrder
    for descending in (True, False)
    for status in (None, StatusFilter.FREE)
]


def test_the_list_of_very_many_invoices_ends_and_says_so(engine: Engine) -> None:
    keep_books(engine, rows=invoices.MOST_LISTED + 60)
    with reading(engine)() as session:
        organization = session.scalars(select(Organization).where(Organization.slug == SLUG)).one()
        page = invoices.list_invoices(session, organization, InvoiceQuery(), number=10**9, size=50)
        free = invoices.list_invoices(session, organization, InvoiceQuery(status=StatusFilter.FREE), number=1, size=50)
    assert (page.total, page.number, len(page.items), page.may_be_cut) == (10_000, 200, 50, True)
    assert (free.total, free.may_be_cut) == (2_515, False)


@pytest.mark.parametrize("query", QUERIES, ids=[f"{one.order}-{one.descending}-{one.status}" for one in QUERIES])
def test_no_order_of_the_list_is_sorted_anew_each_time(engine: Engine, query: InvoiceQuery) -> None:
    """What an index has in order already costs a page, and not the table."""
    keep_books(engine, rows=100)
    plans = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Sequence[object], *_: object) -> None:
        if "IN (SELECT" in statement and "OFFSET" in statement:
            plans.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    with reading(engine)() as session:
        organization = session.scalars(select(Organization).where(Organization.slug == SLUG)).one()
        invoices.list_invoices(session, organization, query, number=1, size=50)
        ((statement, parameters),) = plans
        event.remove(engine, "before_cursor_execute", note)
        inner = statement[statement.index("IN (SELECT") + 4 : statement.index("OFFSET ?") + 8]
        steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {inner}", tuple(parameters)).all()
    words = " ".join(str(step[-1]) for step in steps)
    assert "INDEX ix_invoices_" in words
    # Equals are sorted among themselves where the order turns, and a filter by several statuses may sort what it found.
    assert "TEMP B-TREE FOR ORDER BY" not in words


def test_statuses_are_sorted_by_the_words_that_people_read() -> None:
    """The index knows their places by heart; a new label has to find its place in a migration."""
    places = re.findall(r"WHEN '(\w+)' THEN (\d)", str(STATUS_PLACE))
    assert [name for name, _ in places] == sorted(InvoiceStatus, key=lambda status: INVOICE_LABELS[status])
    assert [int(place) for _, place in places] == list(range(len(InvoiceStatus)))
