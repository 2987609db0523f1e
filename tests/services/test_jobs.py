"""Jobs: each step is a transaction of its own; one organization's fault does not stop the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from invoices.archive import Archive, Kind
from portal.database import make_engine, writing
from portal.domain.errors import Refusal
from portal.domain.events import Event
from portal.domain.methods import PaymentMethodKind, SubscriptionType
from portal.domain.periods import Month
from portal.gateways.files.folder import FolderStore
from portal.gateways.payments import ChargeAnswer, ChargeRequest
from portal.gateways.payments.sandbox import SandboxGateway
from portal.jobs import charges, documents, month_closes
from portal.models.documents import Document, DocumentFile, DocumentKind, TaxInvoice
from portal.models.invoices import Invoice, MonthClose, SetAside
from portal.models.payments import Charge, Payment, Receipt
from portal.services import (
    contracts,
    history,
    months,
    numbers,
    organizations,
    payment_methods,
    rendering,
    subscriptions,
)
from tests.customers import START, a_customer, close, go_elastic, midnight, use

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

JANUARY = Month(2024, 1)
FEBRUARY_1 = midnight(date(2024, 2, 1))


def test_a_faulty_organization_is_set_aside_with_its_reason(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        for slug, country in (("first", "IE"), ("faulty", None), ("last", "IE")):
            use(session, a_customer(session, slug, country=country, method=None), date(2024, 1, 5), "10")
        session.commit()
    outcomes = {outcome.slug: outcome for outcome in month_closes.close(open_session, JANUARY, at=FEBRUARY_1)}
    assert (outcomes["first"].numbers, outcomes["last"].numbers) == (("CI-2024-000001",), ("CI-2024-000002",))
    assert "no billing address" in (outcomes["faulty"].reason or "")
    with open_session() as session:
        (aside,) = session.scalars(select(SetAside))
        assert (aside.reason, aside.period_on) == (outcomes["faulty"].reason, JANUARY.first_on)
        assert session.scalar(select(func.count()).select_from(MonthClose)) == 2


def test_a_fault_that_nobody_foresaw_does_not_stop_the_others(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        broken, _ = (a_customer(session, slug, method=None) for slug in ("broken", "sound"))
        # A commitment without a term, which no use case lets in.
        subscription = go_elastic(session, broken, date(2024, 1, 1))
        subscription.type = SubscriptionType.FLEX_COMMITMENT
        contract = contracts.of_subscription(session, subscription)
        at = midnight(date(2024, 1, 1))
        subscriptions.agree(session, contract, {"commitment_cents": 100}, at=at, by=None, reason="a fault")
        session.commit()
    first, second = month_closes.close(open_session, JANUARY, at=FEBRUARY_1)
    assert (first.slug, first.reason) == ("broken", "Something went wrong in the close; the log says what.")
    assert (second.slug, second.reason) == ("sound", None)


def test_once_the_fault_is_mended_the_month_is_closed_and_the_reason_is_gone(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        customer = a_customer(session, method=None)
        session.commit()
    assert [o.reason for o in month_closes.close(open_session, Month(2024, 2), at=midnight(date(2024, 3, 1)))] != [None]
    for month in (JANUARY, Month(2024, 2)):
        assert [o.reason for o in month_closes.close(open_session, month, at=midnight(date(2024, 3, 1)))] == [None]
    with open_session() as session:
        assert session.scalars(select(SetAside).where(SetAside.organization_id == customer.organization.id)).all() == []


def test_only_one_organization_may_be_asked_for(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        for slug in ("one", "two"):
            a_customer(session, slug)
        session.commit()
    assert [o.slug for o in month_closes.close(open_session, JANUARY, at=FEBRUARY_1, slug="two")] == ["two"]
    assert [o.slug for o in month_closes.close(open_session, JANUARY, at=FEBRUARY_1)] == ["one", "two"]
    with pytest.raises(Refusal, match="no organization “three”"):
        list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1, slug="three"))


class LostAnswers:
    """The real sandbox, behind a line that breaks after the money was taken."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._gateway = SandboxGateway()

    def charge(self, request: ChargeRequest) -> ChargeAnswer:
        self.keys.append(request.key)
        answer = self._gateway.charge(request)
        if len(self.keys) == 1:
            raise ConnectionError("the line broke")
        return answer


def test_a_lost_answer_is_asked_for_again_and_pays_once(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        use(session, a_customer(session), date(2024, 1, 1), "10")
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))
    gateway = LostAnswers()
    answered = [charges.collect(open_session, gateway, at=midnight(date(2024, 2, day))) for day in (1, 2, 3)]
    assert answered == [0, 1, 0]
    with open_session() as session:
        assert len(set(gateway.keys)) == 1
        assert session.scalar(select(func.count()).select_from(Charge)) == 1
        (payment,) = session.scalars(select(Payment))
        assert session.scalars(select(Receipt.amount_minor)).all() == [payment.total_minor]


def test_every_document_is_made_once_and_is_the_same_bytes_when_made_again(engine: Engine, tmp_path: Path) -> None:
    open_session = writing(engine)
    archive = Archive(FolderStore(tmp_path))
    with open_session() as session:
        use(session, a_customer(session, method=None), date(2024, 1, 5), "10")
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))
    assert documents.render(open_session, archive, at=FEBRUARY_1) == 2
    assert documents.render(open_session, archive, at=FEBRUARY_1) == 0
    with open_session() as session:
        for row in session.scalars(select(Document)):
            kept = rendering.pdf_of(session, archive, row)
            assert kept == rendering.draw(rendering.read(session, row.id)[1])
            assert session.get_one(DocumentFile, row.id).size == len(kept)
            rendering.keep(session, archive, row, kept, at=FEBRUARY_1)
        session.commit()
        assert session.scalar(select(func.count()).select_from(DocumentFile)) == 2


def test_nobody_who_writes_waits_while_a_document_is_drawn(engine: Engine, tmp_path: Path) -> None:
    open_session = writing(engine)
    written = []

    class BusyPlace(Archive):
        """The real archive, in a place where others write to the database meanwhile."""

        def write(self, kind: Kind, number: str, content: bytes) -> str:
            with open_session() as session:
                a_customer(session, number.lower())
                session.commit()
                written.append(number)
            return super().write(kind, number, content)

    with open_session() as session:
        use(session, a_customer(session, method=None), date(2024, 1, 5), "10")
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))
    assert documents.render(open_session, BusyPlace(FolderStore(tmp_path)), at=FEBRUARY_1) == 2
    assert len(written) == 2


def test_numbers_taken_at_once_have_no_gap_and_no_double(database_url: str) -> None:
    def take(_: int) -> str:
        with writing(engine)() as session:
            number = numbers.take(session, DocumentKind.TAX_INVOICE, legal_entity="IE", prefix="TI", year=2024)[0]
            session.commit()
            return number

    engine = make_engine(database_url)
    with ThreadPoolExecutor(8) as pool:
        taken = sorted(pool.map(take, range(40)))
    engine.dispose()
    assert taken == [f"TI-2024-{count:06d}" for count in range(1, 41)]


def test_two_closes_at_once_are_one(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        use(session, a_customer(session, method=None), date(2024, 1, 5), "10")
        session.commit()
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1)), range(4)))
    assert sorted(run[0].numbers for run in runs) == [(), (), (), ("CI-2024-000001",)]
    with open_session() as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 1
        assert session.scalar(select(func.count()).select_from(SetAside)) == 0


@pytest.mark.parametrize(("method", "receipts"), [("card_ok", 1), ("card_declines", 0)])
def test_several_collections_at_once_are_one(engine: Engine, method: str, receipts: int) -> None:
    """What waited for day 31 gets one tax invoice and one charge, however many processes look."""
    open_session = writing(engine)
    with open_session() as session:
        use(session, a_customer(session, method=method), date(2024, 1, 10), "10")
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))
    assert charges.collect(open_session, SandboxGateway(), at=midnight(date(2024, 2, 8))) == 0
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda _: charges.collect(open_session, SandboxGateway(), at=midnight(date(2024, 2, 9))), range(4))
        )
    with open_session() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (TaxInvoice, Charge, Receipt)]
        assert counts == [1, 1, receipts]


def test_a_tax_invoice_that_cannot_be_issued_does_not_stop_the_others(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        first, last = (a_customer(session, slug) for slug in ("first", "last"))
        for customer in (first, last):
            use(session, customer, date(2024, 1, 10), "10")
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))
    with open_session() as session:
        payment_methods.put_on_file(
            session,
            first.group,
            kind=PaymentMethodKind.CARD,
            label="A card of \U0001f4a9",
            gateway="sandbox",
            token="card_ok",
            at=FEBRUARY_1,
        )
        session.commit()
    charges.collect(open_session, SandboxGateway(), at=midnight(date(2024, 2, 9)))
    with open_session() as session:
        assert session.scalars(select(Payment.status).order_by(Payment.id)).all() == ["NEW", "PAID"]


def test_a_month_that_another_process_closed_is_not_set_aside(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        customer = a_customer(session, method=None)
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))
    with open_session() as session:
        late = SetAside(
            organization_id=customer.organization.id, period_on=JANUARY.first_on, reason="busy", failed_at=FEBRUARY_1
        )
        session.add(late)
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))
    with open_session() as session:
        assert session.scalars(select(SetAside)).all() == []


def test_who_writes_to_the_feed_does_not_wait_for_a_close(engine: Engine) -> None:
    """On SQLite there is one writer; on PostgreSQL the lock of an organization stops only what moves its money."""
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    with writing(engine)() as session:
        customer = a_customer(session)
        session.commit()
    with writing(engine)() as closing, writing(engine)() as writer:
        months.lock(closing, customer.organization)
        writer.execute(text("SET lock_timeout = '1s'"))
        history.record(writer, customer.organization, Event.INVOICE_ADDRESS_CHANGED, at=FEBRUARY_1)
        writer.commit()


def test_two_activations_at_once_carry_the_waiting_usage_once(engine: Engine) -> None:
    """A1: the second waits for the first, and finds nothing that waits."""
    open_session = writing(engine)
    with open_session() as session:
        customer = a_customer(session)
        use(session, customer, date(2024, 1, 10), "10")
        session.commit()
    list(month_closes.close(open_session, JANUARY, at=FEBRUARY_1))

    def activate(_: int) -> None:
        with open_session() as session:
            go_elastic(session, customer, date(2024, 2, 5))
            session.commit()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(activate, range(3)))
    list(month_closes.close(open_session, Month(2024, 2), at=midnight(date(2024, 3, 1))))
    with open_session() as session:
        assert session.scalars(select(Invoice.usage_cents).order_by(Invoice.id)).all() == [1_000, 1_000]
        assert session.scalars(select(Payment.status).order_by(Payment.id)).all() == ["CANCELLED", "INVOICED"]


def test_a_document_that_cannot_be_made_does_not_stop_the_others(engine: Engine, tmp_path: Path) -> None:
    open_session = writing(engine)
    with open_session() as session:
        customers = [a_customer(session, slug, method=None) for slug in ("one", "two")]
        for customer in customers:
            close(session, customer, "2024-01")
        session.commit()
    # Somebody else's file lies where the first document belongs, so it can never be archived.
    archive = Archive(FolderStore(tmp_path))
    archive.write(Kind.CLOUD_INVOICE, "CI-2024-000001", b"another")
    assert documents.render(open_session, archive, at=FEBRUARY_1) == 1
    with open_session() as session:
        (made,) = session.scalars(select(DocumentFile))
        assert session.get_one(Document, made.document_id).number == "CI-2024-000002"
        assert len(rendering.waiting(session)) == 1


def test_an_organization_of_an_unknown_catalogue_is_set_aside(engine: Engine) -> None:
    open_session = writing(engine)
    with open_session() as session:
        organizations.create_organization(session, "lost", name="Lost", catalogue="none", at=midnight(START))
        a_customer(session, "sound")
        session.commit()
    lost, sound = month_closes.close(open_session, JANUARY, at=FEBRUARY_1)
    assert "There is no catalogue “none”" in (lost.reason or "")
    assert sound.numbers == ("CI-2024-000001",)
