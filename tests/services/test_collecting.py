"""Money is taken once, tried again on the agreed days, and never without a row that says so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.domain.errors import Refusal
from portal.domain.invoicing import InvoiceStatus, PaymentStatus
from portal.gateways.payments import ChargeAnswer
from portal.models.history import Activity
from portal.models.invoices import Invoice
from portal.models.payments import Charge, Receipt
from portal.services import collecting, payment_methods, statuses
from tests.customers import Customer, a_customer, charge_due, close, go_elastic, midnight, pay_by, payments, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.payments import Payment

# Long after the first 30 days of use, so that a closed month is charged at once.
CLOSED_ON = date(2024, 3, 1)


def a_february_to_pay(session: Session, method: str | None) -> tuple[Customer, Payment]:
    customer = a_customer(session, method=method)
    use(session, customer, date(2024, 1, 1), "0.01")
    close(session, customer, "2024-01")
    use(session, customer, date(2024, 2, 10), "100")
    close(session, customer, "2024-02")
    return customer, payments(session, customer)[-1]


def tries(session: Session, payment: Payment) -> list[date]:
    charges = session.scalars(select(Charge).where(Charge.payment_id == payment.id).order_by(Charge.attempt))
    return [charge.requested_at.date() for charge in charges]


def test_a_working_card_is_charged_once(session: Session) -> None:
    customer, payment = a_february_to_pay(session, "card_ok")
    for day in range(20):
        charge_due(session, customer, CLOSED_ON + timedelta(days=day))
    assert (payment.status, tries(session, payment)) == (PaymentStatus.PAID, [CLOSED_ON])
    assert statuses.due_minor(session, payment) == 0
    assert session.get_one(Invoice, payment.invoice_id).status is InvoiceStatus.PAID


def test_a_declined_card_is_tried_again_after_3_7_and_14_days_and_then_no_more(session: Session) -> None:
    customer, payment = a_february_to_pay(session, "card_declines")
    for day in range(40):
        charge_due(session, customer, CLOSED_ON + timedelta(days=day))
    assert payment.status is PaymentStatus.FAILED
    assert [(day - CLOSED_ON).days for day in tries(session, payment)] == [0, 3, 7, 14]
    assert statuses.due_minor(session, payment) == payment.total_minor
    assert session.get_one(Invoice, payment.invoice_id).status is InvoiceStatus.FAILED
    reasons = session.scalars(select(Activity.text).where(Activity.type == "CHARGE_FAILED")).all()
    assert reasons[0] == "Credit card charge has failed. The card was declined."


def test_only_what_is_still_open_is_charged(session: Session) -> None:
    customer, payment = a_february_to_pay(session, "card_ok")
    collecting.record_transfer(session, payment, 2_300, reference="bank 1", at=midnight(CLOSED_ON))
    charge_due(session, customer, CLOSED_ON)
    charged = select(Charge.amount_minor).where(Charge.payment_id == payment.id)
    assert session.scalars(charged).all() == [10_000]
    assert payment.status is PaymentStatus.PAID


def test_a_paypal_account_is_charged_like_a_card(session: Session) -> None:
    customer, payment = a_february_to_pay(session, "paypal_ok")
    charge_due(session, customer, CLOSED_ON)
    assert payment.status is PaymentStatus.PAID
    assert session.scalars(select(Activity.text).where(Activity.type == "PAYPAL_CHARGE_SUCCEEDED")).all()


def test_a_new_card_can_pay_what_failed_and_what_was_unpaid(session: Session) -> None:
    customer, payment = a_february_to_pay(session, None)
    other = a_customer(session, "other", method=None)
    later = CLOSED_ON + timedelta(days=2)
    assert collecting.open_for_retry(session, other.group.id, later) == []
    assert payment in collecting.open_for_retry(session, customer.group.id, later)
    pay_by(session, customer, "card_ok", on=later)
    charge = collecting.begin_charge(session, payment, at=midnight(later))
    assert charge is not None
    collecting.record_answer(session, charge, ChargeAnswer(succeeded=True, reference="r"), at=midnight(later))
    assert payment.status is PaymentStatus.PAID
    assert payment not in collecting.open_for_retry(session, customer.group.id, later)


def test_an_attempt_without_an_answer_is_taken_up_again_with_the_same_key(session: Session) -> None:
    """Killed between the request and its answer: the same attempt is asked again, and money comes once."""
    _, payment = a_february_to_pay(session, "card_ok")
    first = collecting.begin_charge(session, payment, at=midnight(CLOSED_ON))
    again = collecting.begin_charge(session, payment, at=midnight(CLOSED_ON + timedelta(days=1)))
    assert first is not None
    assert again is first
    assert first in collecting.unanswered(session)
    for _ in range(2):
        collecting.record_answer(session, first, ChargeAnswer(succeeded=True), at=midnight(CLOSED_ON))
    amounts = session.scalars(select(Receipt.amount_minor).where(Receipt.payment_id == payment.id)).all()
    assert amounts == [payment.total_minor]


def test_without_a_method_on_file_a_card_payment_fails_without_an_attempt(session: Session) -> None:
    customer, payment = a_february_to_pay(session, "card_ok")
    payment_methods.remove(session, customer.group, at=midnight(CLOSED_ON))
    assert collecting.begin_charge(session, payment, at=midnight(CLOSED_ON)) is None
    assert (payment.status, tries(session, payment)) == (PaymentStatus.FAILED, [])


def an_elastic_payment(session: Session) -> tuple[Customer, Payment]:
    customer = a_customer(session)
    go_elastic(session, customer, date(2024, 1, 1))
    use(session, customer, date(2024, 1, 10), "100")
    close(session, customer, "2024-01")
    return customer, payments(session, customer)[0]


def test_a_transfer_pays_an_invoiced_payment_and_counts_once(session: Session) -> None:
    _, payment = an_elastic_payment(session)
    for _ in range(2):
        collecting.record_transfer(session, payment, 12_300, reference="bank 1", at=midnight(date(2024, 3, 1)))
    assert (payment.status, statuses.due_minor(session, payment)) == (PaymentStatus.PAID, 0)


def test_a_part_of_the_amount_leaves_the_rest_due(session: Session) -> None:
    _, payment = an_elastic_payment(session)
    collecting.record_transfer(session, payment, 2_300, reference="bank 1", at=midnight(date(2024, 3, 1)))
    assert (payment.status, statuses.due_minor(session, payment)) == (PaymentStatus.PARTIAL_PAID, 10_000)
    assert session.get_one(Invoice, payment.invoice_id).status is InvoiceStatus.INVOICED


def test_more_than_is_due_is_not_taken(session: Session) -> None:
    _, payment = an_elastic_payment(session)
    with pytest.raises(Refusal, match="More was received than is due"):
        collecting.record_transfer(session, payment, 12_301, reference="bank 1", at=midnight(date(2024, 3, 1)))


@pytest.mark.parametrize("amount_minor", [0, -100])
def test_a_transfer_of_nothing_is_none(session: Session, amount_minor: int) -> None:
    _, payment = an_elastic_payment(session)
    with pytest.raises(Refusal, match="above 0"):
        collecting.record_transfer(session, payment, amount_minor, reference="bank 1", at=midnight(CLOSED_ON))


def test_a_part_of_what_is_unpaid_leaves_it_new(session: Session) -> None:
    """Contract 3: `unpaid` is NEW until all of it is paid, and its delinquency goes on."""
    _, payment = a_february_to_pay(session, None)
    collecting.record_transfer(session, payment, 100, reference="bank 1", at=midnight(CLOSED_ON))
    assert (payment.status, statuses.due_minor(session, payment)) == (PaymentStatus.NEW, payment.total_minor - 100)


def test_an_invoiced_payment_is_never_charged_to_the_card_on_file(session: Session) -> None:
    customer, payment = an_elastic_payment(session)
    charge_due(session, customer, date(2024, 6, 1))
    assert tries(session, payment) == []


def test_one_transfer_may_pay_several_payments(session: Session) -> None:
    customer, first = an_elastic_payment(session)
    use(session, customer, date(2024, 2, 10), "200")
    close(session, customer, "2024-02")
    second = payments(session, customer)[-1]
    for payment, amount in ((first, 12_300), (second, 24_600), (second, 24_600)):
        collecting.record_transfer(session, payment, amount, reference="bank 1", at=midnight(date(2024, 3, 20)))
    assert [payment.status for payment in (first, second)] == [PaymentStatus.PAID, PaymentStatus.PAID]
    assert session.scalars(select(Receipt.amount_minor).order_by(Receipt.id)).all() == [12_300, 24_600]


def test_transfers_of_several_customers_pay_what_is_due_of_each_and_no_more(session: Session) -> None:
    both = [a_customer(session, slug) for slug in ("acme", "globex")]
    for customer in both:
        go_elastic(session, customer, date(2024, 1, 1))
        use(session, customer, date(2024, 1, 10), "100")
        close(session, customer, "2024-01")
    first, second = (payments(session, customer)[0] for customer in both)
    collecting.record_transfer(session, first, 2_300, reference="bank 1", at=midnight(date(2024, 3, 1)))
    for _ in range(2):
        collecting.record_full_transfers(session, [first, second], at=midnight(date(2024, 3, 2)))
    assert list(statuses.dues_minor(session, [first, second]).values()) == [0, 0]
    assert [session.get_one(Invoice, one.invoice_id).status for one in (first, second)] == [InvoiceStatus.PAID] * 2
    assert session.scalars(select(Receipt.amount_minor).order_by(Receipt.id)).all() == [2_300, 10_000, 12_300]


@pytest.mark.parametrize("succeeded", [False, True])
def test_what_was_paid_while_the_gateway_was_asked_stays_paid(session: Session, succeeded: bool) -> None:
    _, payment = a_february_to_pay(session, "card_ok")
    charge = collecting.begin_charge(session, payment, at=midnight(CLOSED_ON))
    assert charge is not None
    collecting.record_transfer(session, payment, payment.total_minor, reference="bank 1", at=midnight(CLOSED_ON))
    collecting.record_answer(session, charge, ChargeAnswer(succeeded=succeeded), at=midnight(CLOSED_ON))
    assert payment.status is PaymentStatus.PAID
    assert session.get_one(Invoice, payment.invoice_id).status is InvoiceStatus.PAID


def test_a_declined_try_leaves_an_unpaid_payment_as_it_is(session: Session) -> None:
    """Contract 3: `unpaid` is NEW, or PAID once paid."""
    customer, payment = a_february_to_pay(session, None)
    pay_by(session, customer, "card_declines", on=CLOSED_ON)
    charge = collecting.begin_charge(session, payment, at=midnight(CLOSED_ON))
    assert charge is not None
    collecting.record_answer(session, charge, ChargeAnswer(succeeded=False, reason="No."), at=midnight(CLOSED_ON))
    assert payment.status is PaymentStatus.NEW
