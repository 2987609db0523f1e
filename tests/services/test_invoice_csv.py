"""The usage of an invoice as CSV: sums, credits, and texts that no spreadsheet program runs (6.3, 7.4)."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import catalogues
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.credit_rows import CreditKind
from portal.services import credit_rows, csv_text, invoice_csv
from portal.services.credit_rows import Grant
from tests import customers
from tests.contracts import activate, terms


def written(session, organization, invoice) -> list[dict[str, str]]:
    labels = catalogues.load(organization.catalogue).payment_labels
    pieces = list(invoice_csv.pieces(session, invoice_csv.source_of(organization, invoice, labels)))
    return list(csv.DictReader(io.StringIO("".join(pieces), newline="")))


def test_the_columns_are_those_that_accountants_scripts_know(session):
    customer = customers.a_customer(session)
    (invoice,) = customers.close(session, customer, "2024-01")
    labels = catalogues.load("atlas").payment_labels
    (head,) = invoice_csv.pieces(session, invoice_csv.source_of(customer.organization, invoice, labels))
    assert head == (
        "Organization ID,Organization Name,Date,Usage Date,Description,SKU,Region,Quantity,Unit,Unit Price,Amount,"
        "Project ID,Project,Cluster\r\n"
    )


def test_a_row_a_line_and_their_sum_is_the_subtotal(session):
    customer = customers.a_customer(session)
    for day in range(1, 29):
        customers.use(session, customer, date(2024, 1, day), "3.333", price="0.0125", sku=f"M{day}")
    (invoice,) = customers.close(session, customer, "2024-01")
    rows = written(session, customer.organization, invoice)
    assert len(rows) == 28
    assert sum(Decimal(row["Amount"]) for row in rows) * 100 == invoice.subtotal_cents > 0
    assert {row["Project ID"] for row in rows} == {customer.project.hex_id}
    assert rows[0]["Unit Price"] == "0.0125"


def test_more_lines_than_one_piece_holds(session):
    customer = customers.a_customer(session)
    for number in range(1_005):
        customers.use(session, customer, date(2024, 1, 1 + number % 31), "1", sku=f"S{number}")
    (invoice,) = customers.close(session, customer, "2024-01")
    rows = written(session, customer.organization, invoice)
    assert len({row["SKU"] for row in rows}) == 1_005


def test_credits_are_negative_rows_that_say_credit(session):
    """D1: lines of 650.00, credits of 100.00 and 500.00, and the column adds up to 50.00 (6.3)."""
    customer = customers.a_customer(session)
    days = Days(customers.START, date(2024, 4, 1))
    promotion = Grant(kind=CreditKind.PROMOTIONAL, total=Money(100_00, USD), days=days)
    at = customers.midnight(customers.START)
    credit_rows.grant(session, customer.organization, customer.group, promotion, at=at)
    activate(session, customer, terms("prepaid", "500.00", elastic=True))
    customers.use(session, customer, date(2024, 1, 5), "650")
    (invoice,) = customers.close(session, customer, "2024-01")
    rows = written(session, customer.organization, invoice)
    drawn = [row for row in rows if "Credit" in row["Description"]]
    assert [(row["Description"], row["Amount"]) for row in drawn] == [
        ("Credit: Promotional credits", "-100.00"),
        ("Credit: Prepaid credits", "-500.00"),
    ]
    assert sum(Decimal(row["Amount"]) for row in rows) == 50
    assert sum(Decimal(row["Amount"]) for row in rows if row not in drawn) == 650 == invoice.subtotal_cents / 100
    assert invoice.credits_cents == 600_00


def test_commitments_and_what_is_charged_are_no_credit_rows(session):
    """Only what was given, or paid before, is taken off."""
    customer = customers.a_customer(session)
    activate(session, customer, terms(elastic=True))
    customers.use(session, customer, date(2024, 1, 5), "650")
    (invoice,) = customers.close(session, customer, "2024-01")
    assert [row["Amount"] for row in written(session, customer.organization, invoice)] == ["650.00"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_text_begins_like_a_formula(session, start):
    customer = customers.a_customer(session)
    name = f"{start}1+1"
    customer.organization.name = customer.project.name = name
    customers.use(session, customer, date(2024, 1, 1), "1", sku=name, service=name)
    (invoice,) = customers.close(session, customer, "2024-01")
    (row,) = written(session, customer.organization, invoice)
    assert row["SKU"] == row["Project"] == row["Organization Name"] == f"'{name}"
    assert row["Description"] == f"'{name}, AWS"
    assert row["Amount"] == "1.00"


@given(st.text())
def test_a_guarded_text_is_the_text_with_at_most_an_apostrophe(text):
    guarded = csv_text.guarded(text)
    assert guarded in (text, f"'{text}")
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
