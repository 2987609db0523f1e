"""Closing many organizations at once: as if each were closed by itself, and nobody pays for another's fault."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from portal.database import writing
from portal.domain.errors import Refusal
from portal.domain.methods import Method
from portal.domain.periods import Month
from portal.jobs import month_closes
from portal.models.documents import Document, DocumentKind, TaxInvoice, WaitingDocument
from portal.models.history import Activity
from portal.models.invoices import Invoice, InvoiceLine, MonthClose, SetAside
from portal.models.outbox import Message
from portal.models.payments import Draw, Payment, PaymentTax
from portal.services import billing_profiles, closing, months, numbers
from tests.customers import Customer, a_customer, go_elastic, midnight, use

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

JANUARY = Month(2024, 1)
FEBRUARY_1 = midnight(date(2024, 2, 1))


def test_closed_together_is_closed_as_if_one_by_one(engine: Engine) -> None:
    """Two sets of the same three customers; the one is closed at once, the other one after the other."""
    with writing(engine)() as session:
        alone, together = ([*_three(session, prefix)] for prefix in ("a", "b"))
        for customer in alone:
            closing.close_month(session, customer.organization, JANUARY, at=FEBRUARY_1)
        outcomes = closing.close_batch(session, [one.organization.id for one in together], JANUARY, at=FEBRUARY_1)
        assert [outcome.organization_id for outcome in outcomes] == sorted(one.organization.id for one in together)
        assert [_books(session, customer) for customer in together] == [_books(session, customer) for customer in alone]
        assert session.scalar(select(func.count()).select_from(MonthClose)) == 6


def test_who_is_refused_is_left_as_if_nobody_had_tried(session: Session) -> None:
    sound, homeless, late = (a_customer(session, name, method=None) for name in ("sound", "homeless", "late"))
    homeless = a_customer(session, "nowhere", method=None, country=None)
    for customer in (sound, homeless, late):
        use(session, customer, date(2024, 1, 5), "10")
    ids = [one.organization.id for one in (late, homeless, sound)]
    outcomes = {one.organization_id: one for one in closing.close_batch(session, ids, JANUARY, at=FEBRUARY_1)}
    assert "no billing address" in str(outcomes[homeless.organization.id].refusal)
    assert [outcomes[one.organization.id].invoices[0].number for one in (sound, late)] == [
        "CI-2024-000001",
        "CI-2024-000002",
    ]
    for kind in (Invoice, Document, MonthClose):
        found = select(func.count()).where(kind.organization_id == homeless.organization.id)
        assert session.scalar(found) == 0


def test_a_name_that_no_font_can_print_spoils_nobody_elses_month(session: Session) -> None:
    strange, sound = (a_customer(session, name, method=None) for name in ("strange", "sound"))
    billing_profiles.change(session, strange.group, company="東", at=midnight(date(2024, 1, 2)))
    ids = [one.organization.id for one in (strange, sound)]
    for customer in (strange, sound):
        use(session, customer, date(2024, 1, 5), "10")
    refused, closed = closing.close_batch(session, ids, JANUARY, at=FEBRUARY_1)
    assert ("no embedded font has" in str(refused.refusal), closed.refusal) == (True, None)


def test_a_close_reads_as_often_however_many_are_closed_at_once(session: Session) -> None:
    counts = []
    # The first close begins the series of numbers.
    for customers in [_some(session, f"set-{count}", count) for count in (1, 2, 12)]:
        with _statements(session) as asked:
            closing.close_batch(session, [one.organization.id for one in customers], JANUARY, at=FEBRUARY_1)
        counts.append(sum(statement.startswith("SELECT") for statement in asked))
    assert counts[1] == counts[2] <= 25


def test_two_hundred_numbers_taken_at_once_are_1_to_200(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    start = threading.Barrier(10)

    def take(_: int) -> list[str]:
        start.wait()
        taken: list[str] = []
        for count in (1, 4, 2, 13):
            with writing(engine)() as session:
                own = numbers.take(
                    session, DocumentKind.TAX_INVOICE, legal_entity="IE", prefix="TI", year=2024, count=count
                )
                session.commit()
                taken.extend(own)
        return taken

    with ThreadPoolExecutor(10) as pool:
        taken = sorted(number for own in pool.map(take, range(10)) for number in own)
    assert taken == [f"TI-2024-{count:06d}" for count in range(1, 201)]


def test_numbers_that_were_taken_in_vain_are_given_again(engine: Engine) -> None:
    for _ in range(2):
        with writing(engine)() as session:
            taken = numbers.take(
                session, DocumentKind.CLOUD_INVOICE, legal_entity="IE", prefix="CI", year=2024, count=3
            )
    assert taken == ["CI-2024-000001", "CI-2024-000002", "CI-2024-000003"]


def test_as_many_are_closed_at_once_as_their_usage_allows(session: Session) -> None:
    customers = [*_some(session, "some", 4)]
    for _ in range(3):
        use(session, customers[2], date(2024, 1, 9), "1")
    ids = [one.organization.id for one in customers]
    assert months.fitting(session, ids, JANUARY, most_rows=2) == ids[:2]
    assert months.fitting(session, ids[2:], JANUARY, most_rows=2) == ids[2:3]
    assert months.fitting(session, ids, Month(2024, 2), most_rows=2) == ids


def test_many_months_behind_are_closed_in_their_order(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        early = a_customer(session, "early", since=date(2023, 11, 1))
        for customer in (early, *_some(session, "late", 3)):
            use(session, customer, date(2024, 1, 7), "1")
        session.commit()
    outcomes = list(month_closes.close_ended(open_session, after_days=0, now=lambda: FEBRUARY_1))
    with open_session() as session:
        assert len(outcomes) == session.scalar(select(func.count()).select_from(MonthClose)) == 6
        assert session.scalar(select(func.count()).select_from(SetAside)) == 0


def test_an_unknown_organization_is_refused(engine: Engine) -> None:
    with pytest.raises(Refusal, match="no organization “three”"):
        list(month_closes.close(writing(engine), JANUARY, at=FEBRUARY_1, slug="three"))


def _three(session: Session, prefix: str) -> list[Customer]:
    """One on terms, one who pays by card, one who has nothing on file; each with usage of several days and things."""
    customers = [a_customer(session, f"{prefix}-{name}", method=method) for name, method in _METHODS.items()]
    go_elastic(session, customers[0], date(2024, 1, 1), price="0.85", currency="EUR")
    for customer in customers:
        for day in (3, 9, 20):
            use(session, customer, date(2024, 1, day), "1.5", service="Backup")
            use(session, customer, date(2024, 1, day), "2", price="0.333")
    return customers


_METHODS = {"elastic": "card_ok", "card": "card_ok", "unpaid": None}


def _some(session: Session, name: str, count: int) -> list[Customer]:
    customers = [a_customer(session, f"{name}-{index}", method=None) for index in range(count)]
    for customer in customers:
        use(session, customer, date(2024, 1, 5), "10")
    return customers


def _books(session: Session, customer: Customer) -> dict[str, object]:
    """Everything that a close writes for a customer, without keys, names and numbers."""
    own = customer.organization.id
    payments = session.scalars(select(Payment).where(Payment.organization_id == own).order_by(Payment.id)).all()
    ids = [payment.id for payment in payments]
    counts = {
        kind.__tablename__: session.scalar(select(func.count()).where(kind.organization_id == own))
        for kind in (Document, TaxInvoice, MonthClose, Message)
    }
    waiting = select(func.count()).where(WaitingDocument.document_id == Document.id, Document.organization_id == own)
    return counts | {
        "payments": [(one.method, one.status, one.total_minor, one.collect_on, one.explain) for one in payments],
        "draws": _rows(session, select(Draw.posted_on, Draw.amount_cents).where(Draw.payment_id.in_(ids))),
        "taxes": _rows(session, select(PaymentTax.rate, PaymentTax.amount_minor).where(PaymentTax.payment_id.in_(ids))),
        "lines": _rows(
            session,
            select(InvoiceLine.service, InvoiceLine.used_on, InvoiceLine.quantity, InvoiceLine.amount_cents)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(Invoice.organization_id == own)
            .order_by(InvoiceLine.id),
        ),
        "events": sorted(session.scalars(select(Activity.type).where(Activity.organization_id == own))),
        "waiting": session.scalar(waiting),
        "card": any(payment.method is Method.CARD for payment in payments),
    }


def _rows(session: Session, query: Any) -> list[tuple[object, ...]]:
    return [tuple(row) for row in session.execute(query)]


class _statements:  # noqa: N801 - it reads as what it is: with the statements.
    """Every statement that is sent meanwhile."""

    def __init__(self, session: Session) -> None:
        self._engine = session.get_bind()
        self._sent: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self._sent

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self._sent.append(statement)
