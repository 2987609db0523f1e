"""The later years of contracts begin by themselves, each once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from invoices import document
from portal.database import writing
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.jobs import contract_years
from portal.models.contract_papers import OrderForm
from portal.models.credit_rows import CreditKind
from portal.models.documents import Document, TaxInvoice
from portal.models.outbox import Message
from portal.models.payments import Payment, Purpose
from portal.models.subscriptions import AgreedTerms
from portal.services import credit_rows, order_forms, prepayments
from portal.services.credit_rows import Grant
from portal.services.subscriptions import terms_with
from tests.contracts import activate, terms
from tests.customers import Customer, a_customer, midnight

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

YEARS = terms(months=30, commitment="30000.00", yearly_in_advance=True)
NEW_YEAR = midnight(date(2025, 1, 1))


def asked(session: Session) -> list[tuple[date, int]]:
    """When money was asked for in advance, and how much."""
    rows = session.execute(
        select(TaxInvoice.issued_on, TaxInvoice.net_minor)
        .join(Payment, Payment.id == TaxInvoice.payment_id)
        .where(Payment.purpose == Purpose.PREPAYMENT, TaxInvoice.period_on.is_(None))
        .order_by(TaxInvoice.id)
    )
    return [(on, net) for on, net in rows]


@pytest.fixture
def customer(engine: Engine) -> Customer:
    """One who pays 30 months yearly in advance."""
    with writing(engine)() as session:
        customer = a_customer(session)
        activate(session, customer, YEARS)
        session.commit()
        return customer


def test_each_later_year_is_asked_for_on_its_first_day(engine: Engine, customer: Customer) -> None:
    open_session = writing(engine)
    for on in (date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 1), date(2026, 1, 1)):
        contract_years.begin(open_session, at=midnight(on))
    with open_session() as session:
        assert asked(session) == [
            (date(2024, 1, 1), 1_200_000),
            (date(2025, 1, 1), 1_200_000),
            (date(2026, 1, 1), 600_000),
        ]


def test_two_workers_at_once_ask_once(engine: Engine, customer: Customer) -> None:
    def begin(at: datetime) -> int:
        return contract_years.begin(writing(engine), at=at)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, [NEW_YEAR] * 4)) > 0
    with writing(engine)() as session:
        assert [net for _, net in asked(session)] == [1_200_000] * 2


def test_who_reads_before_the_other_has_written_does_nothing(engine: Engine, customer: Customer) -> None:
    with writing(engine)() as session:
        assert order_forms.issue_lacking(session, customer.organization.id, at=NEW_YEAR) == 1
        assert prepayments.ask_for_begun(session, customer.organization.id, at=NEW_YEAR) == 1
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(contract_years.begin, writing(engine), at=NEW_YEAR)
            session.commit()
            assert late.result(30) == 0


def test_who_has_no_address_does_not_stop_the_others(engine: Engine, customer: Customer) -> None:
    with writing(engine)() as session:
        nowhere = a_customer(session, "nowhere", country=None)
        # As an earlier version could leave it: credits of a contract of somebody without an address.
        contract = activate(session, nowhere, terms("monthly_commitment"))
        year = Days(date(2024, 1, 1), date(2025, 1, 1))
        grant = Grant(kind=CreditKind.PREPAID, total=Money(100, USD), days=year)
        credit_rows.add(session, nowhere.group, grant, subscription=contract, at=midnight(date(2024, 1, 1)))
        session.commit()
    contract_years.begin(writing(engine), at=NEW_YEAR)
    with writing(engine)() as session:
        assert [net for _, net in asked(session)] == [1_200_000] * 2


def test_who_has_a_fault_does_not_stop_the_others(engine: Engine) -> None:
    with writing(engine)() as session:
        for slug in ("broken", "whole"):
            activate(session, a_customer(session, slug), YEARS)
        newest = session.scalars(select(AgreedTerms).order_by(AgreedTerms.id)).first()
        assert newest
        # As a catalogue could leave it that no longer has a plan.
        session.add(terms_with(newest, {"support_plan": "gone", "agreed_at": newest.agreed_at}))
        session.commit()
    contract_years.begin(writing(engine), at=NEW_YEAR)
    with writing(engine)() as session:
        assert [on for on, _ in asked(session)] == [date(2024, 1, 1), date(2024, 1, 1), date(2025, 1, 1)]


def test_credits_that_were_voided_are_not_asked_for(engine: Engine, customer: Customer) -> None:
    with writing(engine)() as session:
        _, later, _ = credit_rows.of_organization(session, customer.organization)
        at = midnight(date(2024, 6, 1))
        credit_rows.change(session, later.credit, voided=True, at=at, by=None, reason="ended early")
        session.commit()
    contract_years.begin(writing(engine), at=NEW_YEAR)
    with writing(engine)() as session:
        assert [net for _, net in asked(session)] == [1_200_000]


def test_each_contract_year_has_an_order_form_that_is_mailed_once(engine: Engine, customer: Customer) -> None:
    open_session = writing(engine)
    with open_session() as session:
        # It has no end, and so a year as long as it runs.
        activate(session, customer, terms("elastic", None, months=None), on=date(2024, 1, 1))
        session.commit()
    for on in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 1), date(2026, 3, 1), date(2026, 7, 1)):
        contract_years.begin(open_session, at=midnight(on))
    with open_session() as session:
        forms = session.scalars(select(OrderForm).order_by(OrderForm.subscription_id, OrderForm.id)).all()
        years = [(form.issued_on, form.year_starts_on, form.year_ends_before) for form in forms]
        keys = session.scalars(select(Message.key).where(Message.key.startswith("order-form "))).all()
    of_both = [
        (date(2024, 1, 1), date(2024, 1, 1), date(2025, 1, 1)),
        (date(2025, 1, 1), date(2025, 1, 1), date(2026, 1, 1)),
    ]
    last_half, another_year = (
        [(date(2026, 3, 1), date(2026, 1, 1), ends_before)] for ends_before in (date(2026, 7, 1), date(2027, 1, 1))
    )
    assert years == [*of_both, *last_half, *of_both, *another_year]
    assert sorted(keys) == sorted(f"order-form {form.number}" for form in forms)


def test_a_tax_invoice_names_the_order_form_of_its_year(engine: Engine, customer: Customer) -> None:
    contract_years.begin(writing(engine), at=NEW_YEAR)
    with writing(engine)() as session:
        papers = session.scalars(select(Document.content).order_by(Document.id)).all()
    first, bought, second, bought_again = map(document.from_json, papers)
    assert isinstance(bought, document.TaxInvoice)
    assert isinstance(bought_again, document.TaxInvoice)
    assert [bought.order_form, bought_again.order_form] == [first.number, second.number]
    assert [first.number, second.number] == ["OF-2024-000001", "OF-2025-000001"]
