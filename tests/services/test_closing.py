"""Closing a month: every row of usage is billed once, in one month, and the books agree to the cent."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from invoices.document import CloudInvoice
from portal.domain.errors import Refusal
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.domain.methods import Method
from portal.models.documents import Document, TaxInvoice
from portal.models.history import Activity
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.payments import Draw, PaymentTax
from portal.services import issuing, organizations, rendering, statuses
from tests.customers import Customer, a_customer, close, go_elastic, midnight, payments, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def test_a_month_has_its_first_day_and_not_the_first_of_the_next(session: Session) -> None:
    """G3: periods are half-open."""
    customer = a_customer(session, since=date(2023, 12, 1))
    close(session, customer, "2023-12")
    use(session, customer, date(2024, 1, 1), "1")
    use(session, customer, date(2024, 1, 31), "2")
    use(session, customer, date(2024, 2, 1), "4")
    (january,) = close(session, customer, "2024-01")
    (february,) = close(session, customer, "2024-02")
    assert (january.usage_cents, february.usage_cents) == (300, 400)


def test_quantities_are_added_before_the_one_rounding(session: Session) -> None:
    """Three times 0.004 is 0.012, which is a cent; rounded one by one it would be nothing."""
    customer = a_customer(session)
    for _ in range(3):
        use(session, customer, date(2024, 1, 5), "0.004")
    (invoice,) = close(session, customer, "2024-01")
    assert invoice.usage_cents == 1


def test_a_half_cent_is_rounded_up(session: Session) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 5), "0.005")
    use(session, customer, date(2024, 1, 6), "0.0049")
    (invoice,) = close(session, customer, "2024-01")
    assert invoice.usage_cents == 1


def test_prices_and_days_are_rounded_apart(session: Session) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 5), "1", price="0.005")
    use(session, customer, date(2024, 1, 5), "1", price="0.006")
    use(session, customer, date(2024, 1, 6), "1", price="0.005")
    (invoice,) = close(session, customer, "2024-01")
    lines = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)).all()
    assert [line.amount_cents for line in lines] == [1, 1, 1]


def test_an_invoice_is_the_sum_of_its_lines_and_of_its_payments(session: Session) -> None:
    customer = a_customer(session)
    go_elastic(session, customer, date(2024, 1, 1), months=None, starts_on=date(2024, 1, 18))
    for day in range(1, 32):
        use(session, customer, date(2024, 1, day), f"{day}.333333333", price="1.777777777777")
    (invoice,) = close(session, customer, "2024-01")
    exact = [Decimal(f"{day}.333333333") * Decimal("1.777777777777") for day in range(1, 32)]
    expected = sum(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) for amount in exact)
    lines = session.scalar(select(func.sum(InvoiceLine.amount_cents)).where(InvoiceLine.invoice_id == invoice.id))
    settled = payments(session, customer)
    drawn = session.scalar(select(func.sum(Draw.amount_cents)))
    assert invoice.usage_cents == int(expected * 100) == int(lines or 0) == int(drawn or 0)
    assert sum(payment.usage_cents for payment in settled) == invoice.usage_cents
    assert {payment.method for payment in settled} == {Method.ELASTIC, Method.CARD}


def test_a_quantity_beyond_64_bits_in_sum_is_billed_exactly(session: Session) -> None:
    customer = a_customer(session)
    for _ in range(4):
        use(session, customer, date(2024, 1, 5), "9000000000", price="0.000000000001")
    (invoice,) = close(session, customer, "2024-01")
    (line,) = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id))
    assert (line.quantity, line.amount_cents) == ("36000000000", 4)


def test_closing_twice_is_closing_once(session: Session) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 5), "10")
    first = close(session, customer, "2024-01")
    again = close(session, customer, "2024-01", on=date(2024, 3, 1))
    counts = [session.scalar(select(func.count()).select_from(table)) for table in (Invoice, Document, TaxInvoice)]
    assert (len(first), len(again), counts) == (1, 0, [1, 1, 0])


@pytest.mark.parametrize(
    ("month", "on", "reason"),
    [
        ("2024-01", date(2024, 1, 31), "2024-01 has not ended yet. It can be closed from 2024-02-01 on."),
        ("2024-02", date(2024, 3, 1), "2024-01 is still open. Close it before 2024-02."),
    ],
)
def test_a_month_is_closed_after_its_end_and_in_order(session: Session, month: str, on: date, reason: str) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 5), "10")
    with pytest.raises(Refusal) as refused:
        close(session, customer, month, on=on)
    assert str(refused.value) == reason


def test_a_month_before_the_organization_has_nothing_to_close(session: Session) -> None:
    customer = a_customer(session)
    assert close(session, customer, "2023-12") == ()


def test_a_month_without_usage_is_free_and_has_no_tax_invoice(session: Session) -> None:
    """E2."""
    customer = a_customer(session, country=None, method=None)
    (invoice,) = close(session, customer, "2024-01")
    assert (invoice.status, invoice.usage_cents) == (InvoiceStatus.FREE, 0)
    assert payments(session, customer) == []
    assert session.scalar(select(func.count()).select_from(TaxInvoice)) == 0


def test_without_an_address_nothing_that_costs_is_closed(session: Session) -> None:
    customer = a_customer(session, country=None)
    use(session, customer, date(2024, 1, 5), "10")
    with pytest.raises(Refusal, match="no billing address"):
        close(session, customer, "2024-01")


def test_an_elastic_month_is_invoiced_with_tax_on_payment_terms(session: Session) -> None:
    """E3: 8,400.00 × 0.85 = 7,140.00, 23 % are 1,642.20, 8,782.20 in all; the cloud invoice shows 8,400.00."""
    customer = a_customer(session)
    go_elastic(session, customer, date(2024, 1, 1), price="0.85", currency="EUR")
    use(session, customer, date(2024, 1, 5), "8400")
    (invoice,) = close(session, customer, "2024-01")
    (payment,) = payments(session, customer)
    (tax,) = session.scalars(select(PaymentTax))
    (tax_invoice,) = session.scalars(select(TaxInvoice))
    assert (invoice.status, invoice.usage_cents) == (InvoiceStatus.INVOICED, 840_000)
    assert (payment.net_minor, payment.tax_minor, payment.total_minor) == (714_000, 164_220, 878_220)
    assert (tax.name, tax.rate, tax.base_minor, tax.amount_minor) == ("VAT", Decimal(23), 714_000, 164_220)
    assert (tax_invoice.issued_on, tax_invoice.due_on) == (date(2024, 2, 1), date(2024, 3, 2))
    assert payment.explain == {"usage": "8400.00", "covered_elsewhere": "0.00", "charged": "8400.00"}


def test_days_before_a_later_subscription_go_to_the_card(session: Session) -> None:
    """E4: in use for more than 30 days, activated on 18 April; 40.00 a day: 680.00 and 520.00."""
    customer = a_customer(session, since=date(2024, 3, 1))
    use(session, customer, date(2024, 3, 1), "1")
    close(session, customer, "2024-03")
    for day in range(1, 31):
        use(session, customer, date(2024, 4, day), "40")
    go_elastic(session, customer, date(2024, 4, 18))
    close(session, customer, "2024-04")
    billed = {payment.method: payment.billed_cents for payment in payments(session, customer)[1:]}
    assert billed == {Method.ELASTIC: 52_000, Method.CARD: 68_000}


def test_the_tax_rate_of_the_last_day_counts(session: Session) -> None:
    """9.2: Estonia raised its rate on 1 July 2025."""
    customer = a_customer(session, country="EE", since=date(2025, 6, 1), method=None)
    for month, day in (("2025-06", date(2025, 6, 30)), ("2025-07", date(2025, 7, 1))):
        use(session, customer, day, "100")
        close(session, customer, month)
    assert [payment.tax_minor for payment in payments(session, customer)] == [2_200, 2_400]


def test_a_valid_id_lifts_the_tax_and_the_invoice_says_why(session: Session) -> None:
    """TX3."""
    customer = a_customer(session, country="DE", tax_id="DE136695976", method=None)
    use(session, customer, date(2024, 1, 5), "1234.56")
    close(session, customer, "2024-01")
    (payment,) = payments(session, customer)
    assert (payment.tax_minor, payment.total_minor) == (0, 123_456)
    assert "everse charge" in (payment.tax_note or "")


def test_inside_the_first_30_days_a_card_waits_without_a_tax_invoice(session: Session) -> None:
    """A1, FIRST-1: NEW until day 31, and no number is taken."""
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 10), "600")
    (invoice,) = close(session, customer, "2024-01")
    (payment,) = payments(session, customer)
    assert (invoice.status, payment.status) == (InvoiceStatus.CLOSED, PaymentStatus.NEW)
    assert (payment.collect_on, payment.due_on) == (date(2024, 2, 9), date(2024, 2, 9))
    assert session.scalar(select(func.count()).select_from(TaxInvoice)) == 0


def test_what_is_unpaid_has_its_tax_invoice_at_once(session: Session) -> None:
    """A5."""
    customer = a_customer(session, method=None)
    use(session, customer, date(2024, 1, 10), "600")
    close(session, customer, "2024-01")
    (payment,) = payments(session, customer)
    (tax_invoice,) = session.scalars(select(TaxInvoice))
    assert (payment.method, payment.status) == (Method.UNPAID, PaymentStatus.NEW)
    assert tax_invoice.due_on == date(2024, 2, 1)
    assert statuses.due_minor(session, payment) == payment.total_minor == 73_800


def test_a_tax_invoice_is_issued_once(session: Session) -> None:
    customer = a_customer(session, method=None)
    use(session, customer, date(2024, 1, 10), "600")
    close(session, customer, "2024-01")
    (payment,) = payments(session, customer)
    assert issuing.issue_tax_invoice(session, payment, at=midnight(date(2024, 2, 2))) is None
    assert session.scalars(select(TaxInvoice.number)).all() == ["TI-2024-000001"]


def test_an_amount_that_rounds_to_nothing_has_no_tax_invoice(session: Session) -> None:
    """AMB-9: only amounts above 0."""
    customer = a_customer(session)
    go_elastic(session, customer, date(2024, 1, 1), price="0.4")
    use(session, customer, date(2024, 1, 10), "0.01")
    close(session, customer, "2024-01")
    (payment,) = payments(session, customer)
    assert (payment.billed_cents, payment.total_minor) == (1, 0)
    assert session.scalars(select(TaxInvoice.number)).all() == []


def test_documents_are_numbered_by_series_and_year(session: Session) -> None:
    customer = a_customer(session, method=None, since=date(2023, 11, 1))
    for month, day in (("2023-11", date(2023, 11, 5)), ("2023-12", date(2023, 12, 5)), ("2024-01", date(2024, 1, 5))):
        use(session, customer, day, "10")
        close(session, customer, month)
    numbers = session.scalars(select(Document.number).order_by(Document.number)).all()
    assert numbers == [
        "CI-2023-000001",
        "CI-2024-000001",
        "CI-2024-000002",
        "TI-2023-000001",
        "TI-2024-000001",
        "TI-2024-000002",
    ]


def test_the_feed_says_that_the_invoice_was_closed(session: Session) -> None:
    customer = a_customer(session)
    close(session, customer, "2024-01")
    texts = session.scalars(select(Activity.text).where(Activity.type == "INVOICE_CLOSED")).all()
    assert texts == ["Invoice closed. CI-2024-000001 for 2024-01"]


def test_each_organization_is_billed_its_own_usage(session: Session) -> None:
    acme, other = a_customer(session), a_customer(session, "other")
    use(session, acme, date(2024, 1, 5), "3")
    use(session, other, date(2024, 1, 5), "5")
    assert [close(session, one, "2024-01")[0].usage_cents for one in (acme, other)] == [300, 500]


def test_usage_from_before_the_organization_was_made_opens_its_month(session: Session) -> None:
    customer = a_customer(session)
    use(session, customer, date(2023, 12, 31), "3")
    (december,) = close(session, customer, "2023-12")
    assert december.usage_cents == 300


def test_what_costs_nothing_is_no_first_use(session: Session) -> None:
    """AMB-12: day 1 is the first day with billable usage."""
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 1), "0")
    use(session, customer, date(2024, 1, 2), "1", price="0")
    use(session, customer, date(2024, 1, 20), "1")
    use(session, customer, date(2024, 1, 25), "1")
    close(session, customer, "2024-01")
    assert payments(session, customer)[0].collect_on == date(2024, 2, 19)


def test_lines_stand_by_project_service_item_and_day_on_every_database(session: Session) -> None:
    customer = a_customer(session)
    project = organizations.create_project(session, customer.organization, "Zoo", at=midnight(date(2024, 1, 1)))
    zoo = Customer(customer.organization, customer.group, project)
    for day in (9, 5):
        use(session, customer, date(2024, 1, day), "1", service="compute", sku="b")
        use(session, customer, date(2024, 1, day), "1", service="Backup", sku="c")
        use(session, zoo, date(2024, 1, day), "1", service="compute", sku="a")
    (invoice,) = close(session, customer, "2024-01")
    lines = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.id))
    assert [f"{line.service} {line.sku} {line.used_on.day}" for line in lines] == [
        "compute a 5",
        "compute a 9",
        "Backup c 5",
        "Backup c 9",
        "compute b 5",
        "compute b 9",
    ]


def test_what_no_font_can_print_is_refused_before_a_document_is_issued(session: Session) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 5), "10", sku="M10 東")
    with pytest.raises(Refusal, match="cannot be printed: 東"):
        close(session, customer, "2024-01")


def test_a_project_keeps_its_name_on_what_was_closed(session: Session) -> None:
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 5), "10")
    (invoice,) = close(session, customer, "2024-01")
    customer.project.name = "renamed"
    session.flush()
    (row,) = session.scalars(select(Document).where(Document.invoice_id == invoice.id))
    content = rendering.full_document(session, row)
    assert isinstance(content, CloudInvoice)
    assert [group.project for group in content.details or ()] == [part.name for part in content.by_project] == ["shop"]
