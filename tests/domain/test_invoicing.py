"""Statuses, due days and summaries of invoices (7.7, 7.8, contract terms)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.drawing import Portion
from portal.domain.explanations import sentence, steps
from portal.domain.invoicing import (
    INVOICE_LABELS,
    PAYMENT_LABELS,
    InvoiceStatus,
    PaymentStatus,
    due_on,
    first_status,
    invoice_status,
    owed,
    summary,
)
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.numbering import document_number
from portal.domain.rating import Line, LineKind

CARD_NEW = (Method.CARD, PaymentStatus.NEW)
CARD_PAID = (Method.CARD, PaymentStatus.PAID)
CARD_FAILED = (Method.CARD, PaymentStatus.FAILED)
ELASTIC = (Method.ELASTIC, PaymentStatus.INVOICED)
PREPAID = (Method.PREPAID, PaymentStatus.PAID)


@pytest.mark.parametrize(
    ("payments", "status"),
    [
        ([], InvoiceStatus.FREE),
        ([PREPAID], InvoiceStatus.PREPAID),
        ([CARD_PAID, PREPAID], InvoiceStatus.PAID),
        ([ELASTIC, CARD_PAID], InvoiceStatus.INVOICED),
        ([PREPAID, ELASTIC], InvoiceStatus.INVOICED),
        ([ELASTIC, CARD_NEW], InvoiceStatus.CLOSED),
        ([(Method.UNPAID, PaymentStatus.NEW)], InvoiceStatus.CLOSED),
        ([CARD_NEW, CARD_FAILED, ELASTIC], InvoiceStatus.FAILED),
        ([(Method.CARD, PaymentStatus.CANCELLED)], InvoiceStatus.FREE),
        ([(Method.CARD, PaymentStatus.FORGIVEN)], InvoiceStatus.FORGIVEN),
    ],
)
def test_an_invoice_shows_the_first_status_that_any_payment_has(
    payments: list[tuple[Method, PaymentStatus]], status: InvoiceStatus
) -> None:
    """7.7, AMB-22."""
    assert invoice_status(payments) is status
    assert invoice_status(reversed(payments)) is status


def test_at_the_close_subscriptions_are_invoiced_and_the_rest_is_new() -> None:
    assert {
        method: first_status(method) for method in (Method.ELASTIC, Method.CARD, Method.UNPAID, Method.PREPAID)
    } == {
        Method.ELASTIC: PaymentStatus.INVOICED,
        Method.CARD: PaymentStatus.NEW,
        Method.UNPAID: PaymentStatus.NEW,
        Method.PREPAID: PaymentStatus.PAID,
    }


def test_payment_terms_count_for_invoiced_payments_alone() -> None:
    issued = date(2024, 2, 1)
    assert due_on(Method.ELASTIC, issued, terms_days=30) == date(2024, 3, 2)
    for method in (Method.CARD, Method.PAYPAL, Method.UNPAID):
        assert due_on(method, issued, terms_days=30) == issued


def test_every_status_has_a_word() -> None:
    assert set(INVOICE_LABELS) == set(InvoiceStatus)
    assert set(PAYMENT_LABELS) == set(PaymentStatus)


def a_line(project_id: int, service: str, used_on: date, posted_on: date, cents: int) -> Line:
    return Line(project_id, service, "sku", None, "hour", used_on, posted_on, 1, 1, cents)


LINES = [
    a_line(1, "Clusters", date(2024, 1, 2), date(2024, 1, 2), 1_000),
    a_line(2, "Clusters", date(2023, 12, 31), date(2024, 1, 1), 250),
    a_line(1, "Backup", date(2024, 1, 2), date(2024, 1, 2), 5),
]


def test_usage_is_settled_on_the_day_that_it_is_posted() -> None:
    assert owed(LINES) == {
        Portion(date(2024, 1, 2)): Money(1_005, USD),
        Portion(date(2024, 1, 1)): Money(250, USD),
    }


def test_support_charges_are_settled_apart_by_provider() -> None:
    """2.4: they follow the day's usage and are routed by provider."""
    usage, support = LINES[0], replace(LINES[0], kind=LineKind.SUPPORT, provider="AWS")
    assert owed([usage, support, support]) == {
        Portion(date(2024, 1, 2)): Money(1_000, USD),
        Portion(date(2024, 1, 2), LineKind.SUPPORT, "AWS"): Money(2_000, USD),
    }


def test_summaries_are_sums_of_lines() -> None:
    assert summary(LINES, key=lambda line: line.service) == {"Clusters": Money(1_250, USD), "Backup": Money(5, USD)}
    assert summary(LINES, key=lambda line: line.project_id) == {1: Money(1_005, USD), 2: Money(250, USD)}


def test_a_number_names_series_year_and_count() -> None:
    assert document_number("TI", 2026, 417) == "TI-2026-000417"
    assert document_number("CI", 2026, 1_234_567) == "CI-2026-1234567"


FIGURES = {"usage": "1200.00", "covered_elsewhere": "680.00", "charged": "520.00"}


def test_the_reason_names_every_figure() -> None:
    said = sentence(Method.ELASTIC, FIGURES)
    assert all(figure in said for figure in ("520.00", "1,200.00", "680.00"))
    assert "elastic" in said
    assert "card" in sentence(Method.CARD, FIGURES)
    assert "PayPal" in sentence(Method.PAYPAL, FIGURES)
    assert "no payment method" in sentence(Method.UNPAID, FIGURES)


def test_where_one_payment_takes_all_nothing_else_is_mentioned() -> None:
    whole = {"usage": "12.00", "covered_elsewhere": "0.00", "charged": "12.00"}
    assert "other payments" not in sentence(Method.CARD, whole)
    assert steps(Method.CARD, whole, elsewhere_cents=0) == []
    elsewhere = ("Settled by other payments of the month", -68_000)
    assert steps(Method.ELASTIC, FIGURES, elsewhere_cents=68_000) == [elsewhere]
