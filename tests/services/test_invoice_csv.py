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
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.methods import Method
from portal.domain.rating import LineKind
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.payments import Payment
from portal.services import csv_text, invoice_csv
from tests import customers


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
    """D1: lines of 650.00, credits of 100.00 and 500.00, and the column adds up to 50.00."""
    customer = customers.a_customer(session)
    invoice = Invoice(
        organization_id=customer.organization.id,
        billing_group_id=customer.group.id,
        period_on=date(2024, 1, 1),
        number="CI-1",
        status=InvoiceStatus.INVOICED,
        usage_cents=65_000,
        support_cents=0,
        credits_cents=60_000,
        closed_at=customers.midnight(date(2024, 2, 1)),
    )
    session.add(invoice)
    session.flush()
    session.add(
        InvoiceLine(
            invoice_id=invoice.id, kind=LineKind.USAGE, project_id=customer.project.id, service="Clusters", sku="M30",
            provider=None, used_on=date(2024, 1, 5), posted_on=date(2024, 1, 5), quantity="650", unit="hour",
            unit_price_pico=10**12, amount_cents=65_000,
        )
    )  # fmt: skip
    for position, (method, cents) in enumerate(
        ((Method.PROMOTIONAL, 10_000), (Method.PREPAID, 50_000), (Method.ELASTIC, 5_000)), start=1
    ):
        session.add(
            Payment(
                organization_id=customer.organization.id, billing_group_id=customer.group.id, invoice_id=invoice.id,
                position=position, method=method, status=PaymentStatus.PAID, usage_cents=cents, billed_cents=cents,
                unit_price=Decimal(1), currency="USD", net_minor=0, tax_minor=0, total_minor=0, explain={},
                created_at=invoice.closed_at,
            )
        )  # fmt: skip
    session.flush()
    rows = written(session, customer.organization, invoice)
    drawn = [row for row in rows if "Credit" in row["Description"]]
    assert [row["Amount"] for row in drawn] == ["-100.00", "-500.00"]
    assert sum(Decimal(row["Amount"]) for row in rows) == 50
    assert sum(Decimal(row["Amount"]) for row in rows if row not in drawn) == 650


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
