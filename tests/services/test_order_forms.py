"""A contract's order form: issued with it, and again when other terms are agreed that are printed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from invoices import document
from portal.domain.errors import Refusal
from portal.models.documents import Document, DocumentKind, WaitingDocument
from portal.models.outbox import Message, MessageDocument, Recipient
from portal.services import contracts, order_forms, people, subscriptions
from tests.contracts import activate, terms
from tests.customers import Customer, a_customer, close, live_at, midnight, use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from portal.models.subscriptions import Subscription

JUNE = midnight(date(2024, 6, 1))


def printed(session: Session) -> Sequence[document.OrderForm]:
    query = select(Document.content).where(Document.kind == DocumentKind.ORDER_FORM).order_by(Document.id)
    found = [document.from_json(content) for content in session.scalars(query)]
    return [one for one in found if isinstance(one, document.OrderForm)]


def agree(session: Session, subscription: Subscription, **changes: object) -> None:
    contract = contracts.of_subscription(session, subscription)
    subscriptions.agree(session, contract, changes, at=JUNE, by=None, reason="asked for")


@pytest.fixture
def customer(session: Session) -> Customer:
    return a_customer(session)


def test_it_says_what_was_agreed_and_waits_for_its_pdf(session: Session, customer: Customer) -> None:
    seller = people.create_user(session, "sales@portal.example", name="Sam Sales", password_hash="-", at=JUNE)
    activate(
        session,
        customer,
        terms(
            currency="EUR", unit_price=Decimal("0.915"), elastic=True, elastic_unit_price=Decimal("1.00"),
            support_plan="pro", billing_contact="cfo@acme.example", purchase_order="4500018842",
            sales_representative_id=seller.id,
        ),
    )  # fmt: skip
    (form,) = printed(session)
    assert (form.number, form.issued_on, form.replaces) == ("OF-2024-000001", date(2024, 1, 1), None)
    assert (form.type_label, form.months, form.ends_before) == ("Monthly Commitment", 12, date(2025, 1, 1))
    assert (form.commitment_cents, form.currency, form.unit_price, form.elastic_unit_price) == (
        1_200_000, "EUR", "0.915", "1.00",
    )  # fmt: skip
    assert [(one.count, one.each_cents, one.net_minor) for one in form.schedule] == [(12, 100_000, 91_500)]
    assert (form.support_plan, form.billing_contact, form.purchase_order, form.sales_contact) == (
        "Pro", "cfo@acme.example", "4500018842", "Sam Sales, sales@portal.example",
    )  # fmt: skip
    assert session.scalars(select(WaitingDocument)).all()


def test_it_is_mailed_to_the_billing_contact_with_its_pdf(session: Session, customer: Customer) -> None:
    activate(session, customer, terms(billing_contact="cfo@acme.example"))
    (mail,) = session.scalars(select(Message))
    assert mail.subject == "Order form OF-2024-000001 for Acme, Monthly Commitment"
    assert "from 1 January 2024 to 31 December 2024" in mail.text
    assert session.scalars(select(Recipient.address)).all() == ["cfo@acme.example"]
    attached = select(Document.number).join(MessageDocument, MessageDocument.document_id == Document.id)
    assert session.scalars(attached).all() == ["OF-2024-000001"]


def test_terms_that_are_printed_bring_another_form_that_names_the_one_before(
    session: Session, customer: Customer
) -> None:
    subscription = activate(session, customer, terms())
    agree(session, subscription, ends_before=date(2025, 4, 1))
    first, second = printed(session)
    assert (second.number, second.replaces, second.ends_before) == ("OF-2024-000002", first.number, date(2025, 4, 1))
    assert [one.number for one in order_forms.of_subscription(session, subscription.id)] == [
        "OF-2024-000002", "OF-2024-000001",
    ]  # fmt: skip


def test_terms_that_are_not_printed_bring_none(session: Session, customer: Customer) -> None:
    subscription = activate(session, customer, terms())
    agree(session, subscription, covers_from_on=date(2023, 12, 31))
    assert [form.number for form in printed(session)] == ["OF-2024-000001"]


def test_who_has_no_address_has_an_order_form_by_name(session: Session) -> None:
    activate(session, a_customer(session, country=None), terms())
    (form,) = printed(session)
    assert (form.buyer.name, form.buyer.address) == ("Acme", None)


@pytest.mark.parametrize(
    ("kind", "unit_price", "elastic_unit_price"),
    [("marketplace", None, None), ("gcp_monthly_commitment", None, None), ("elastic", None, "0.9")],
)
def test_prices_that_mean_nothing_are_not_printed(
    session: Session, customer: Customer, kind: str, unit_price: str | None, elastic_unit_price: str | None
) -> None:
    agreed = terms(kind, unit_price=Decimal("0.8"), elastic_unit_price=Decimal("0.9"), marketplace="AWS")
    activate(session, customer, agreed)
    (form,) = printed(session)
    assert (form.unit_price, form.elastic_unit_price) == (unit_price, elastic_unit_price)


def test_tax_invoices_name_the_form_that_holds_and_the_purchase_order(session: Session, customer: Customer) -> None:
    subscription = activate(session, customer, terms(purchase_order="PO-1"))
    use(session, customer, date(2024, 1, 5), "10")
    close(session, customer, "2024-01")
    agree(session, subscription, purchase_order="PO-2")
    close(session, customer, "2024-02", on=date(2024, 6, 2))
    query = select(Document.content).where(Document.kind == DocumentKind.TAX_INVOICE).order_by(Document.id)
    january, february = map(document.from_json, session.scalars(query))
    assert isinstance(january, document.TaxInvoice)
    assert isinstance(february, document.TaxInvoice)
    assert (january.order_form, january.purchase_order) == ("OF-2024-000001", "PO-1")
    assert (february.order_form, february.purchase_order) == ("OF-2024-000002", "PO-2")


def test_a_name_that_cannot_be_printed_is_refused_and_nothing_is_activated(session: Session) -> None:
    customer = a_customer(session, country=None)
    customer.organization.name = "工具"
    live_at(session, customer)
    with pytest.raises(Refusal, match="no embedded font"):
        activate(session, customer, terms())
