"""Both PDFs, read back as text: every figure of the books is printed, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.explanations import steps
from portal.domain.money import USD, decimal_text
from portal.domain.rating import plain_unit_price
from portal.models.documents import Document, DocumentKind, TaxInvoice
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.organizations import Project
from portal.models.payments import Payment, PaymentTax
from portal.services import organizations, rendering
from tests.customers import START, a_customer, close, go_elastic, midnight, payments, use
from tests.invoices.printed import text_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FEBRUARY = date(2024, 2, 1)
FIGURE = re.compile(r"(?<![\d.,-])[−-]?\d{1,3}(?:,\d{3})*\.\d{2,}(?![\d.])")


def a_february_of_two_payments(session: Session) -> tuple[Invoice, list[Payment]]:
    """Odd quantities and prices in two projects, half of the month by card in dollars, half elastic in euros."""
    customer = a_customer(session)
    lab = organizations.create_project(session, customer.organization, "lab", at=midnight(START))
    use(session, customer, START, "0.01")
    close(session, customer, "2024-01")
    go_elastic(session, customer, FEBRUARY, price="0.915", currency="EUR", starts_on=date(2024, 2, 15))
    for day in range(29):
        on = FEBRUARY + timedelta(days=day)
        use(session, customer, on, f"{13 + day}.{day:03d}7", price="1.2345678", service="Clusters")
        use(session, customer, on, f"0.{day + 1:09d}", price="4321.000000000001", service="Backup", project=lab)
    (invoice,) = close(session, customer, "2024-02")
    return invoice, [payment for payment in payments(session, customer) if payment.invoice_id == invoice.id]


def printed(session: Session, number: str) -> set[str]:
    row = session.scalars(select(Document).where(Document.number == number)).one()
    return set(FIGURE.findall(text_of(rendering.read(session, row.id)[1]).replace("−", "-")))


def written(*amounts: tuple[int, str]) -> set[str]:
    return {grouped(decimal_text(minor, currency)) for minor, currency in amounts}


def grouped(text: str) -> str:
    whole, _, part = text.partition(".")
    return f"{int(whole):,}.{part}" if part else f"{int(whole):,}"


def of_payment(session: Session, payment: Payment) -> set[str]:
    taxes = session.scalars(select(PaymentTax).where(PaymentTax.payment_id == payment.id)).all()
    minor = [payment.net_minor, payment.tax_minor, payment.total_minor]
    minor += [amount for tax in taxes for amount in (tax.base_minor, tax.amount_minor)]
    own = written(*((amount, payment.currency) for amount in minor))
    dollars = written((payment.usage_cents, USD), (payment.billed_cents, USD))
    reasons = {grouped(figure) for figure in payment.explain.values() if figure != "0.00"}
    return own | dollars | reasons | ({str(payment.unit_price)} - {"1"})


def sums(values: Iterable[tuple[object, int]]) -> set[str]:
    totals: dict[object, int] = {}
    for key, cents in values:
        totals[key] = totals.get(key, 0) + cents
    return written(*((cents, USD) for cents in totals.values()))


def of_lines(session: Session, invoice: Invoice) -> set[str]:
    lines = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)).all()
    names = dict(session.execute(select(Project.id, Project.name)).all())
    figures = written(*((line.amount_cents, USD) for line in lines))
    figures |= {grouped(plain_unit_price(line.unit_price_pico)) for line in lines}
    figures |= {grouped(line.quantity) for line in lines if "." in line.quantity}
    figures |= sums((names[line.project_id or 0], line.amount_cents) for line in lines)
    return figures | sums((line.service, line.amount_cents) for line in lines)


def test_the_cloud_invoice_prints_the_books_and_nothing_else(session: Session) -> None:
    invoice, paid = a_february_of_two_payments(session)
    books = written((invoice.usage_cents, USD), (invoice.subtotal_cents, USD)) | of_lines(session, invoice)
    for payment in paid:
        books |= of_payment(session, payment)
    assert len(paid) == 2
    assert printed(session, invoice.number) == books


def test_each_tax_invoice_prints_its_payment_and_nothing_else(session: Session) -> None:
    invoice, paid = a_february_of_two_payments(session)
    for payment in paid:
        number = session.scalars(select(TaxInvoice.number).where(TaxInvoice.payment_id == payment.id)).one()
        elsewhere_cents = invoice.subtotal_cents - payment.usage_cents
        named = steps(payment.method, payment.explain, elsewhere_cents=elsewhere_cents)
        covered = {grouped(decimal_text(cents, USD)) for _, cents in named}
        books = of_payment(session, payment) | written((invoice.usage_cents, USD), (0, payment.currency)) | covered
        assert printed(session, number) == books


def test_the_two_documents_reconcile_to_the_cent(session: Session) -> None:
    invoice, paid = a_february_of_two_payments(session)
    assert sum(payment.billed_cents for payment in paid) == invoice.usage_cents
    kinds = session.scalars(select(Document.kind).where(Document.invoice_id == invoice.id)).all()
    assert sorted(kinds) == [DocumentKind.CLOUD_INVOICE, DocumentKind.TAX_INVOICE, DocumentKind.TAX_INVOICE]
