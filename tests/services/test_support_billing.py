"""Support in the month close: lines, shares of a family, documents, and what a close asks the database."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from invoices import document
from portal import catalogues
from portal.domain.methods import Method
from portal.domain.periods import Month
from portal.domain.rating import LineKind
from portal.domain.tier_requests import TierState
from portal.models import Base
from portal.models.documents import Document, TaxInvoice
from portal.models.invoices import Invoice, InvoiceLine
from portal.models.links import Link, PaymentShare
from portal.models.payments import Payment
from portal.models.support_choices import CarriedSupport
from portal.services import (
    billing_overview,
    carried_usage,
    closing,
    invoice_csv,
    invoice_payments,
    months,
    pricing_choices,
    rendering,
    tier_decisions,
    usage_details,
)
from tests.builders import an_organization
from tests.contracts import activate, terms
from tests.customers import Customer, a_customer, close, go_elastic, midnight, payments, use
from tests.plans import ask_for, day, wish
from tests.services.test_support_tiers import with_service
from tests.statements import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine, Executable
    from sqlalchemy.orm import Session


def on_pro(session: Session, slug: str = "acme") -> Customer:
    """A customer with Pro from 2024-01-10 on, billed from February, and nothing used in January."""
    customer = a_customer(session, slug)
    wish(session, customer.organization, "2024-01-10", "change", "pro")
    close(session, customer, "2024-01")
    return customer


def support_lines(session: Session, customer: Customer) -> Sequence[InvoiceLine]:
    own = select(InvoiceLine).join(Invoice, Invoice.id == InvoiceLine.invoice_id)
    wanted = Invoice.organization_id == customer.organization.id, InvoiceLine.kind == LineKind.SUPPORT
    return session.scalars(own.where(*wanted).order_by(InvoiceLine.id)).all()


def shares_of(session: Session, customer: Customer) -> dict[Method, tuple[int, int]]:
    """Usage and what is billed of it, by the method of the payer's payment."""
    rows = session.execute(
        select(Payment.method, PaymentShare.usage_cents, PaymentShare.billed_cents)
        .join(Payment, Payment.id == PaymentShare.payment_id)
        .where(PaymentShare.organization_id == customer.organization.id)
    )
    return {method: (usage, billed) for method, usage, billed in rows}


def test_each_provider_has_a_line_that_says_why(session: Session) -> None:
    customer = on_pro(session)
    use(session, customer, date(2024, 2, 10), "5000")
    use(session, customer, date(2024, 2, 11), "4000", provider=None)
    close(session, customer, "2024-02")
    assert [(line.provider, line.sku, line.amount_cents) for line in support_lines(session, customer)] == [
        ("AWS", "Pro, 10 % of 5,000.00", 50_000), (None, "Pro, 10 % of 4,000.00", 40_000),
    ]  # fmt: skip
    (line, _) = support_lines(session, customer)
    assert (line.posted_on, line.quantity, line.unit, line.unit_price_pico) == (
        day("2024-02-29"), "5000", "USD", 10**11,
    )  # fmt: skip


def test_the_file_and_the_pdf_have_support_apart(session: Session) -> None:
    customer = on_pro(session)
    use(session, customer, date(2024, 2, 10), "5000")
    (invoice,) = close(session, customer, "2024-02")
    assert (invoice.usage_cents, invoice.support_cents, invoice.subtotal_cents) == (500_000, 50_000, 550_000)
    labels = catalogues.load("atlas").payment_labels
    written = "".join(invoice_csv.pieces(session, invoice_csv.source_of(customer.organization, invoice, labels)))
    assert '2024-02-29,2024-02-29,"Support, AWS","Pro, 10 % of 5,000.00",,5000,USD,0.10,500.00,,,' in written
    row = session.scalars(select(Document).where(Document.number == invoice.number)).one()
    content = rendering.full_document(session, row)
    assert isinstance(content, document.CloudInvoice)
    assert [(group.project, group.provider_label) for group in content.details or ()] == [
        ("shop", "AWS"), ("Support", "AWS"),
    ]  # fmt: skip
    assert [(one.name, one.cents) for one in content.by_service] == [("Clusters", 500_000), ("Support", 50_000)]
    assert [one.cents for one in content.by_project] == [500_000]


def test_support_is_no_usage_on_the_charts(session: Session) -> None:
    customer = on_pro(session)
    use(session, customer, date(2024, 2, 10), "5000")
    (invoice,) = close(session, customer, "2024-02")
    summary = usage_details.summarize(session, invoice)
    assert [(cost.on, cost.cents) for cost in summary.daily] == [(day("2024-02-10"), 500_000)]
    assert ([one.name for one in summary.by_service], summary.used_services) == (["Clusters", "Support"], ["Clusters"])


def test_the_tax_invoice_leads_from_usage_to_support_and_its_minimum(session: Session) -> None:
    customer = on_pro(session)
    use(session, customer, date(2024, 1, 31), "1", posted_on=date(2024, 2, 1))
    use(session, customer, date(2024, 2, 10), "5000")
    close(session, customer, "2024-02", on=date(2024, 3, 5))
    number = session.scalars(select(TaxInvoice.number).order_by(TaxInvoice.id.desc())).first()
    content = document.from_json(session.scalars(select(Document.content).where(Document.number == number)).one())
    assert isinstance(content, document.TaxInvoice)
    assert content.reconciliation
    assert content.reconciliation.usage_cents == 500_100
    assert [(step.label, step.cents) for step in content.reconciliation.steps] == [
        ("Support charges", 50_010), ("Missing to the minimum of the support plan", 29_890),
    ]  # fmt: skip
    assert content.lines[0].why == (
        "All $5,001.00 of the month’s usage is covered by no subscription and charged to the card on file."
        " Support charges come to $500.10. $298.90 is missing to the minimum of the support plan."
    )


def test_the_page_of_the_invoice_has_the_figures(session: Session) -> None:
    customer = on_pro(session)
    use(session, customer, date(2024, 2, 10), "5000")
    (invoice,) = close(session, customer, "2024-02")
    (row,) = invoice_payments.payments_of(session, invoice)
    assert [(label, str(amount)) for label, amount in row.figures] == [
        ("Usage of the month", "5000.00"), ("Settled by other payments", "0.00"), ("Support charges", "500.00"),
        ("Missing to the minimum of the support plan", "299.00"), ("Charged here", "5799.00"),
    ]  # fmt: skip


def a_family_on_pro(session: Session) -> tuple[Customer, Customer]:
    linked, payer = a_customer(session, "linked", method=None), a_customer(session, "payer")
    activate(session, payer, terms("elastic", None, support_plan="pro"))
    session.add(
        Link(payer_id=payer.organization.id, linked_id=linked.organization.id, linked_at=midnight(date(2024, 1, 1)))
    )
    session.flush()
    return payer, linked


def test_a_family_shares_what_is_missing_to_its_minimum(session: Session) -> None:
    """13.6: charges of 400 and 200 leave 199 to 799, which are 132.67 and 66.33."""
    payer, linked = a_family_on_pro(session)
    use(session, payer, date(2024, 1, 10), "4000")
    use(session, linked, date(2024, 1, 10), "2000")
    close(session, payer, "2024-01")
    assert [line.amount_cents for line in support_lines(session, payer)] == [40_000]
    assert [line.amount_cents for line in support_lines(session, linked)] == [20_000]
    own, other = shares_of(session, payer), shares_of(session, linked)
    assert (own[Method.CARD], other[Method.CARD]) == ((0, 13_267), (0, 6_633))
    assert (own[Method.ELASTIC], other[Method.ELASTIC]) == ((440_000, 440_000), (220_000, 220_000))


def test_a_fee_of_a_family_stands_on_the_payers_invoice(session: Session) -> None:
    linked, payer = a_customer(session, "linked", method=None), a_customer(session, "payer")
    activate(session, payer, terms("elastic", None, support_plan="developer"))
    link = Link(payer_id=payer.organization.id, linked_id=linked.organization.id, linked_at=midnight(date(2024, 1, 1)))
    session.add(link)
    use(session, linked, date(2024, 1, 10), "2000")
    close(session, payer, "2024-01")
    assert [line.amount_cents for line in support_lines(session, payer)] == [6_000]
    assert support_lines(session, linked) == []


def test_a_close_asks_no_more_for_many_plans_than_for_one(session: Session, engine: Engine) -> None:
    counts = []
    for number in (1, 2, 12):
        customers = [on_pro(session, f"set-{number}-{one}") for one in range(number)]
        for customer in customers:
            use(session, customer, date(2024, 2, 10), "10")
        ids = [one.organization.id for one in customers]
        with asked(engine) as statements:
            closing.close_batch(session, ids, Month(2024, 2), at=midnight(date(2024, 3, 1)))
        counts.append(sum(statement.startswith("SELECT") for statement in statements))
    assert counts[1] == counts[2] <= 30


def test_a_month_that_is_closed_again_has_support_once(session: Session) -> None:
    customer = on_pro(session)
    use(session, customer, date(2024, 2, 10), "5000")
    close(session, customer, "2024-02")
    assert close(session, customer, "2024-02") == ()
    assert len(support_lines(session, customer)) == 1
    assert len(payments(session, customer)) == 1


def test_a_choice_after_the_month_ended_is_no_part_of_it_however_late_it_is_closed(session: Session) -> None:
    """The gap stands on the invoice of the month of the choice, once (M11)."""
    customer = a_customer(session)
    wish(session, customer.organization, "2024-01-10", "change", "developer")
    wish(session, customer.organization, "2024-02-10", "cancel")
    wish(session, customer.organization, "2024-04-02", "change", "developer")
    for month in ("2024-01", "2024-02", "2024-03", "2024-04", "2024-05"):
        close(session, customer, month, on=date(2024, 6, 10))
    assert [(line.used_on.isoformat(), line.amount_cents) for line in support_lines(session, customer)] == [
        ("2024-02-29", 6_000), ("2024-03-31", 6_000), ("2024-04-30", 6_000), ("2024-05-31", 6_000),
    ]  # fmt: skip


def test_what_a_contract_takes_over_is_written_down_once(session: Session) -> None:
    """A1."""
    customer = a_customer(session, since=date(2023, 11, 1))
    wish(session, customer.organization, "2023-12-10", "change", "developer")
    close(session, customer, "2023-11")
    close(session, customer, "2023-12")
    use(session, customer, date(2024, 1, 20), "100")
    close(session, customer, "2024-01")
    go_elastic(session, customer, date(2024, 2, 10))
    row = session.scalars(select(CarriedSupport)).one()
    assert (row.amount_cents, row.posted_on, row.provider) == (6_000, day("2024-02-10"), None)
    carried_usage.carry_waiting(session, customer.group, at=midnight(date(2024, 2, 11)))
    assert session.scalar(select(func.count()).select_from(CarriedSupport)) == 1


FROZEN = (
    "support_choices", "support_turns", "tier_requests", "tier_request_turns", "pricing_choices", "carried_support",
)  # fmt: skip


def test_what_was_chosen_never_changes(session: Session) -> None:
    _a_life(session)
    for table in FROZEN:
        frozen = Base.metadata.tables[table]
        assert session.execute(select(frozen)).first() is not None
        for column in frozen.columns:
            _assert_refused(session, update(frozen).values({column: column}))
        _assert_refused(session, delete(frozen))


def _a_life(session: Session) -> None:
    test_what_a_contract_takes_over_is_written_down_once(session)
    borealis = with_service(session, "borealis")
    request = ask_for(session, borealis, "2024-04-17", "priority", "2024-04")
    at = midnight(day("2024-04-18"))
    tier_decisions.decide(session, borealis, request.hex_id, TierState.SCHEDULED, by=None, at=at)
    cobalt = an_organization(session, "cobalt", catalogue="neon")
    pricing_choices.change(session, cobalt, "scale", at=at, by=None)
    session.commit()


def _assert_refused(session: Session, change: Executable) -> None:
    with pytest.raises((DBAPIError, IntegrityError)):
        session.execute(change)
    session.rollback()


def test_the_months_of_tiers_are_closed_by_themselves(session: Session) -> None:
    """BG-3: the worker finds them as it finds others."""
    borealis = with_service(session)
    unclosed = session.scalars(months.unclosed(Month(2024, 1))).all()
    assert borealis.id in unclosed


def test_the_running_month_says_what_support_will_cost(session: Session) -> None:
    """AV-34: it follows the usage until the month closes."""
    customer = on_pro(session)
    for on, support, missing in ((date(2024, 2, 11), "500.00", "299.00"), (date(2024, 2, 12), "900.00", None)):
        use(session, customer, on, "5000" if on.day == 11 else "4000")
        pending = billing_overview.pending_invoice(session, customer.organization, on=on)
        (row,) = pending.payments
        figures = dict(row.figures)
        assert (str(pending.support), pending.net) == (support, pending.usage + pending.support)
        assert str(figures.get("Missing to the minimum of the support plan")) == str(missing)


def test_the_running_month_of_a_family_has_each_ones_support(session: Session) -> None:
    payer, linked = a_family_on_pro(session)
    use(session, payer, date(2024, 1, 10), "4000")
    use(session, linked, date(2024, 1, 10), "2000")
    for customer, support, missing in ((payer, "400.00", "199.00"), (linked, "200.00", "66.33")):
        pending = billing_overview.pending_invoice(session, customer.organization, on=date(2024, 1, 15))
        card = next(row for row in pending.payments if row.method is Method.CARD)
        assert (str(pending.support), str(card.billed)) == (support, missing)
