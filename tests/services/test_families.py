"""An organization pays for others: one settlement, an invoice each (atlas 13.6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from invoices import document
from portal.domain.contracts import Terms
from portal.domain.errors import Refusal
from portal.domain.invoicing import InvoiceStatus
from portal.domain.methods import Method, SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.models.documents import Document, TaxInvoice
from portal.models.invoices import Invoice
from portal.models.links import Link, PaymentShare
from portal.models.payments import Payment
from portal.services import closing, collecting, subscriptions
from tests.customers import START, Customer, a_customer, close, midnight, payments, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

JANUARY = Month.parse("2024-01")


def link(session: Session, payer: Customer, linked: Customer, on: date = START) -> Link:
    row = Link(payer_id=payer.organization.id, linked_id=linked.organization.id, linked_at=midnight(on))
    session.add(row)
    session.flush()
    return row


def commit_to(session: Session, customer: Customer, cents: int) -> None:
    terms = Terms(
        type=SubscriptionType.MONTHLY_COMMITMENT,
        starts_on=START,
        months=12,
        currency="EUR",
        unit_price=Decimal("0.9"),
        commitment=Money(cents, USD),
    )
    subscriptions.activate(session, customer.organization, customer.group, terms, at=midnight(START))


def a_family(session: Session) -> tuple[Customer, Customer]:
    """A payer with a commitment of 799.00 a month, and one that is linked to it."""
    linked, payer = a_customer(session, "linked", method=None), a_customer(session, "payer")
    commit_to(session, payer, 12 * 79_900)
    link(session, payer, linked)
    return payer, linked


def shares_of(session: Session, customer: Customer) -> list[tuple[int, int]]:
    rows = session.execute(
        select(PaymentShare.usage_cents, PaymentShare.billed_cents)
        .where(PaymentShare.organization_id == customer.organization.id)
        .order_by(PaymentShare.payment_id)
    )
    return [(usage, billed) for usage, billed in rows]


def invoice_of(session: Session, customer: Customer) -> Invoice:
    return session.scalars(select(Invoice).where(Invoice.organization_id == customer.organization.id)).one()


def test_each_has_an_invoice_and_the_payer_the_payment(session: Session) -> None:
    payer, linked = a_family(session)
    use(session, payer, date(2024, 1, 10), "400")
    use(session, linked, date(2024, 1, 10), "200")
    close(session, payer, "2024-01")
    (payment,) = payments(session, payer)
    assert (payment.method, payment.usage_cents, payment.billed_cents) == (Method.MONTHLY_COMMITMENT, 60_000, 79_900)
    assert payments(session, linked) == []
    assert shares_of(session, payer) == [(40_000, 53_267)]
    assert shares_of(session, linked) == [(20_000, 26_633)]
    own, other = invoice_of(session, payer), invoice_of(session, linked)
    assert (own.usage_cents, other.usage_cents) == (40_000, 20_000)
    assert (own.status, other.status) == (InvoiceStatus.INVOICED, InvoiceStatus.INVOICED)


def test_the_documents_say_who_pays(session: Session) -> None:
    payer, linked = a_family(session)
    use(session, payer, date(2024, 1, 10), "400")
    use(session, linked, date(2024, 1, 10), "200")
    close(session, payer, "2024-01")
    other = invoice_of(session, linked)
    content = document.from_json(session.scalars(select(Document.content).where(Document.invoice_id == other.id)).one())
    assert isinstance(content, document.CloudInvoice)
    (row,) = content.payments
    assert (row.method_label, row.usage_cents, row.billed_cents, row.due_minor) == (
        "Atlas monthly commitment, paid by Payer", 20_000, 26_633, 0,
    )  # fmt: skip
    number = session.scalars(select(TaxInvoice.number)).one()
    asked = document.from_json(session.scalars(select(Document.content).where(Document.number == number)).one())
    assert isinstance(asked, document.TaxInvoice)
    assert asked.reconciliation is not None
    assert [(step.label, step.cents) for step in asked.reconciliation.steps] == [
        ("Usage of linked organizations", 20_000),
        ("Commitment that was not used this month", 19_900),
    ]


def test_when_the_payer_has_paid_all_their_invoices_are_paid(session: Session) -> None:
    payer, linked = a_family(session)
    use(session, linked, date(2024, 1, 10), "200")
    close(session, payer, "2024-01")
    (payment,) = payments(session, payer)
    collecting.record_transfer(session, payment, payment.total_minor, reference="t", at=midnight(date(2024, 2, 20)))
    session.flush()
    assert invoice_of(session, linked).status is InvoiceStatus.PAID


def test_a_family_is_closed_whole_whoever_is_asked_for(session: Session) -> None:
    payer, linked = a_family(session)
    use(session, linked, date(2024, 1, 10), "200")
    close(session, linked, "2024-01")
    assert not close(session, payer, "2024-01")
    assert session.scalar(select(func.count()).select_from(Invoice)) == 2
    assert session.scalar(select(func.count()).select_from(Payment)) == 1


def test_a_family_has_all_its_invoices_or_none(session: Session) -> None:
    payer, linked = a_family(session)
    use(session, linked, date(2024, 1, 10), "200", sku="\N{SNOWMAN}")
    outcomes = closing.close_batch(session, [payer.organization.id], JANUARY, at=midnight(date(2024, 2, 1)))
    assert isinstance(outcomes[0].refusal, Refusal)
    assert session.scalar(select(func.count()).select_from(Invoice)) == 0


def test_unlinked_it_pays_by_itself_from_the_next_month_on(session: Session) -> None:
    payer, linked = a_family(session)
    row = session.scalars(select(Link)).one()
    row.unlink_asked_at = midnight(date(2024, 1, 5))
    session.flush()
    use(session, linked, date(2024, 1, 10), "200")
    use(session, linked, date(2024, 2, 10), "50")
    close(session, payer, "2024-01")
    close(session, payer, "2024-02")
    close(session, linked, "2024-02")
    session.refresh(row)
    assert row.ended_at == midnight(date(2024, 2, 1))
    assert [(one.method, one.usage_cents) for one in payments(session, linked)] == [(Method.UNPAID, 5_000)]
    assert len(shares_of(session, linked)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_shares_add_up_to_their_payment(session: Session, seed: int) -> None:
    payer, linked = a_family(session)
    third = a_customer(session, "third", method=None)
    link(session, payer, third)
    for place, customer in enumerate((payer, linked, third)):
        use(session, customer, date(2024, 1, 3 + place), str(100 + 37 * seed * (place + 1)))
        use(session, customer, date(2024, 1, 20), "333.33")
    close(session, payer, "2024-01")
    for payment in payments(session, payer):
        usage, billed = session.execute(
            select(func.sum(PaymentShare.usage_cents), func.sum(PaymentShare.billed_cents)).where(
                PaymentShare.payment_id == payment.id
            )
        ).one()
        assert (usage, billed) == (payment.usage_cents, payment.billed_cents)
    for customer in (linked, third):
        assert sum(usage for usage, _ in shares_of(session, customer)) == invoice_of(session, customer).usage_cents
