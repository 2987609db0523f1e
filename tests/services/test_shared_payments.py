"""What a payer and those it pays for read of their invoices: their shares, before and after the close (atlas 13.6)."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal import catalogues
from portal.domain.invoicing import PaymentStatus
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.credit_rows import CreditKind
from portal.models.invoices import Invoice
from portal.services import billing_overview, collecting, credit_rows, invoice_csv, invoice_payments, links
from portal.services.credit_rows import Grant
from tests.customers import START, Customer, close, midnight, payments, use
from tests.linked import House, a_house

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.services.billing_overview import PendingInvoice
    from portal.services.invoice_payments import PaymentRow

LAST_DAY = date(2024, 1, 31)


def usd(amount: str) -> Money:
    return Money.of(amount, USD)


def a_linked_house(session: Session, *, credits_cents: int = 0) -> House:
    """Alpha uses 400 and pays for Beta, which uses 200; Alpha has a monthly commitment of 799, and maybe credits."""
    house = a_house(session)
    links.link(session, house.payer.organization, [house.other.organization.hex_id], by=house.user, at=midnight(START))
    if credits_cents:
        wanted = Grant(
            kind=CreditKind.PROMOTIONAL, total=Money(credits_cents, USD), days=Days(START, date(2024, 3, 1)), priority=1
        )
        credit_rows.grant(session, house.payer.organization, house.payer.group, wanted, at=midnight(START))
    use(session, house.payer, date(2024, 1, 10), "400")
    for day in (9, 20):
        use(session, house.other, date(2024, 1, day), "100")
    return house


def pending_of(session: Session, customer: Customer, on: date = LAST_DAY) -> PendingInvoice:
    return billing_overview.pending_invoice(session, customer.organization, on=on)


def invoice_of(session: Session, customer: Customer) -> Invoice:
    return session.scalars(select(Invoice).where(Invoice.organization_id == customer.organization.id)).one()


def rows_of(session: Session, customer: Customer) -> tuple[PaymentRow, ...]:
    return invoice_payments.payments_of(session, invoice_of(session, customer))


def test_who_is_linked_reads_its_share_and_who_pays(session: Session) -> None:
    house = a_linked_house(session)
    close(session, house.payer, "2024-01")
    (row,) = rows_of(session, house.other)
    assert (row.paid_by, row.usage, row.billed, row.due) == ("Alpha", usd("200"), usd("266.33"), Money(0, "EUR"))
    assert row.why == "Alpha pays for it; this is the share by usage."


def test_who_pays_reads_what_linked_organizations_used(session: Session) -> None:
    house = a_linked_house(session)
    close(session, house.payer, "2024-01")
    (row,) = rows_of(session, house.payer)
    assert (row.paid_by, row.usage, row.linked, row.billed) == (None, usd("600"), usd("200"), usd("799"))


def test_before_the_close_both_read_what_it_then_makes(session: Session) -> None:
    house = a_linked_house(session, credits_cents=250_00)
    pending = {who: pending_of(session, who) for who in (house.payer, house.other)}
    close(session, house.payer, "2024-01")
    for customer, before in pending.items():
        closed = rows_of(session, customer)
        assert [_figures(row) for row in before.payments] == [_figures(row) for row in closed]
        assert len(closed) == 2
        assert before.usage.minor == invoice_of(session, customer).usage_cents
        assert before.credits.minor == invoice_of(session, customer).credits_cents > 0


def test_the_running_month_counts_up_to_today_for_all_of_them(session: Session) -> None:
    house = a_linked_house(session)
    (row,) = pending_of(session, house.payer, on=date(2024, 1, 9)).payments
    assert (row.usage, row.linked) == (usd("100"), usd("100"))
    assert pending_of(session, house.payer, on=date(2024, 1, 9)).usage == usd("0")


def test_a_share_has_the_status_of_its_payment(session: Session) -> None:
    house = a_linked_house(session)
    close(session, house.payer, "2024-01")
    before = rows_of(session, house.other)
    (payment,) = payments(session, house.payer)
    collecting.record_transfer(session, payment, payment.total_minor, reference="t", at=midnight(date(2024, 2, 9)))
    after = rows_of(session, house.other)
    assert [row.status for row in (*before, *after)] == [PaymentStatus.INVOICED, PaymentStatus.PAID]
    # From these rows follows what was drawn of the page, so that it is drawn anew.
    assert hash(before) != hash(after)


def test_the_csv_of_each_adds_up_to_its_own_subtotal_less_its_credits(session: Session) -> None:
    house = a_linked_house(session, credits_cents=250_00)
    close(session, house.payer, "2024-01")
    labels = catalogues.load("atlas").payment_labels
    for customer in (house.payer, house.other):
        invoice = invoice_of(session, customer)
        source = invoice_csv.source_of(customer.organization, invoice, labels)
        rows = list(csv.DictReader(io.StringIO("".join(invoice_csv.pieces(session, source)), newline="")))
        total = sum(Decimal(row["Amount"]) for row in rows) * 100
        assert total == invoice.subtotal_cents - invoice.credits_cents
        assert invoice.credits_cents > 0


def _figures(row: PaymentRow) -> tuple[object, ...]:
    method: Method = row.method
    return method, row.position, row.usage, row.billed, row.net, row.taxes, row.total, row.linked, row.paid_by, row.why
