"""Activation codes: sold, mailed, applied once, and one answer for whatever is not taken (atlas 5)."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from portal.database import writing
from portal.domain.activation_codes import CodeState, digest
from portal.domain.errors import Refusal
from portal.domain.invoicing import PaymentStatus
from portal.domain.methods import Method, SubscriptionType
from portal.models import Base
from portal.models.activation_codes import ActivationCode
from portal.models.credit_rows import Credit
from portal.models.documents import TaxInvoice
from portal.models.history import Activity
from portal.models.organizations import Organization, User
from portal.models.outbox import Message, Recipient
from portal.models.subscriptions import Subscription
from portal.services import activation_codes, contracts, redeeming
from tests.codes import CONTACT, SALE, a_seller, mailed_code, sell, seller_to
from tests.customers import START, Customer, a_customer, charge_due, close, midnight, payments, use
from tests.members import a_member
from tests.statements import asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

MARCH = date(2024, 3, 1)
DAY_30, DAY_31 = date(2024, 4, 8), date(2024, 4, 9)


def apply(session: Session, customer: Customer, code: str, *, on: date = START) -> Subscription:
    """As the page does: what was typed is looked up, and what was found is activated."""
    found = redeeming.find(session, customer.organization, code, on=on)
    by = a_seller(session, "olga")
    return redeeming.redeem(session, customer.organization, found.hex_id, by=by, at=midnight(on))


def test_a_code_brings_the_contract_that_was_sold(session: Session) -> None:
    customer = a_customer(session)
    row, code = sell(session, customer)
    subscription = apply(session, customer, code.lower().replace("-", " "))
    terms = contracts.of_subscription(session, subscription).terms
    assert (subscription.type, terms.commitment_cents, str(terms.unit_price)) == (SALE.type, 1_200_000, "0.915")
    assert (terms.starts_on, terms.ends_before) == (START, date(2025, 1, 1))
    assert (row.subscription_id, row.state(START)) == (subscription.id, CodeState.REDEEMED)


def test_what_no_order_form_could_print_is_not_sold(session: Session) -> None:
    """The customer could not activate it."""
    with pytest.raises(Refusal, match="purchase order number cannot be printed"):
        sell(session, a_customer(session), purchase_order="PO 🙂")


def test_the_code_is_mailed_to_the_billing_contact_and_kept_nowhere_else(session: Session) -> None:
    row, code = sell(session, a_customer(session))
    assert session.scalars(select(Recipient.address)).all() == [CONTACT]
    rows = {table: str(session.execute(select(table)).all()) for table in Base.metadata.sorted_tables}
    assert [table.name for table, content in rows.items() if code in content] == ["mail_messages"]
    assert row.code_hash == digest(code)


def test_the_mail_says_who_may_apply_the_code_and_until_when(session: Session) -> None:
    sell(session, a_customer(session), on=date(2024, 3, 10))
    mail = session.scalars(select(Message)).one()
    assert mail.is_secret
    assert "Organization Owner or Organization Billing Admin of Acme" in mail.text
    assert "good until 8 June 2024" in mail.text
    assert "http://localhost/orgs/acme/billing/apply-code" in mail.text


def test_a_billing_contact_who_is_no_member_is_told_to_be_invited(session: Session) -> None:
    customer = a_customer(session)
    sell(session, customer)
    a_member(session, customer.organization, "ap", "ORG_MEMBER")
    sell(session, customer)
    stranger, member = session.scalars(select(Message.text).order_by(Message.id))
    assert ("advise its owners to invite you" in stranger, "invite you" in member) == (True, False)


def test_a_code_without_an_agreed_start_begins_on_the_day_of_the_application(session: Session) -> None:
    customer = a_customer(session)
    _, code = sell(session, customer)
    subscription = apply(session, customer, code, on=date(2024, 2, 10))
    assert contracts.of_subscription(session, subscription).terms.ends_before == date(2025, 2, 10)


@pytest.mark.parametrize(("applied_on", "begins"), [(START, MARCH), (date(2024, 4, 2), date(2024, 4, 2))])
def test_an_agreed_start_holds_until_it_has_passed(session: Session, applied_on: date, begins: date) -> None:
    customer = a_customer(session)
    _, code = sell(session, customer, starts_on=MARCH)
    subscription = apply(session, customer, code, on=applied_on)
    assert contracts.of_subscription(session, subscription).terms.starts_on == begins


def test_a_code_paid_yearly_in_advance_brings_a_row_of_credits_for_each_year(session: Session) -> None:
    customer = a_customer(session)
    _, code = sell(session, customer, months=24, yearly_in_advance=True)
    apply(session, customer, code)
    assert session.scalars(select(Credit.total_cents)).all() == [600_000, 600_000]
    assert len(session.scalars(select(TaxInvoice.id)).all()) == 1


def a_march_of_use(session: Session, method: str | None = "card_ok") -> tuple[Customer, str]:
    """First use on 10 March, March closed, and a code that was sold before."""
    customer = a_customer(session, method=method, since=MARCH)
    _, code = sell(session, customer, on=MARCH, type=SubscriptionType.ELASTIC, commitment=None, months=None)
    use(session, customer, date(2024, 3, 10), "300")
    close(session, customer, "2024-03")
    return customer, code


def test_applied_on_day_30_nothing_is_charged(session: Session) -> None:
    """A1."""
    customer, code = a_march_of_use(session)
    apply(session, customer, code, on=DAY_30)
    charge_due(session, customer, DAY_31)
    (waiting,) = payments(session, customer)
    assert (waiting.method, waiting.status) == (Method.CARD, PaymentStatus.CANCELLED)


def test_applied_on_day_31_what_was_charged_stays_charged(session: Session) -> None:
    """A2."""
    customer, code = a_march_of_use(session)
    charge_due(session, customer, DAY_31)
    subscription = apply(session, customer, code, on=DAY_31)
    assert [payment.status for payment in payments(session, customer)] == [PaymentStatus.PAID]
    assert contracts.of_subscription(session, subscription).terms.covers_from_on == DAY_31


def test_never_applied_the_card_is_charged_on_day_31(session: Session) -> None:
    """A3."""
    customer, _ = a_march_of_use(session)
    charge_due(session, customer, DAY_30)
    assert [payment.status for payment in payments(session, customer)] == [PaymentStatus.NEW]
    charge_due(session, customer, DAY_31)
    assert [payment.status for payment in payments(session, customer)] == [PaymentStatus.PAID]


def test_before_the_first_use_a_code_can_be_applied_on_any_day(session: Session) -> None:
    """A4."""
    customer = a_customer(session, since=MARCH)
    _, code = sell(session, customer, on=MARCH)
    subscription = apply(session, customer, code, on=date(2024, 5, 20))
    assert contracts.of_subscription(session, subscription).terms.covers_from_on == date(2024, 5, 20)


def test_without_a_card_there_is_nothing_to_charge_and_it_stays_unpaid(session: Session) -> None:
    """A5."""
    customer, code = a_march_of_use(session, method=None)
    apply(session, customer, code, on=DAY_31)
    (unpaid,) = payments(session, customer)
    assert (unpaid.method, unpaid.status) == (Method.UNPAID, PaymentStatus.NEW)


def wrong_codes(session: Session, customer: Customer) -> dict[str, str]:
    """A code of each kind that is not taken on `START` plus 91 days."""
    other = a_customer(session, "globex")
    late = START + timedelta(91)
    _, expired = sell(session, customer)
    _, used = sell(session, customer, on=late)
    apply(session, customer, used, on=late)
    void, voided = sell(session, customer, on=late, type=SubscriptionType.ELASTIC)
    by = a_seller(session)
    activation_codes.void(session, customer.organization, void.hex_id, by=by, reason="Wrong price", at=midnight(late))
    _, foreign = sell(session, other, on=late)
    return {"expired": expired, "used": used, "void": voided, "foreign": foreign, "unknown": "7K3QX-0M2TB-99ZFA-C4HRW"}


def test_whatever_is_wrong_with_a_code_the_answer_and_the_work_are_the_same(session: Session, engine: Engine) -> None:
    """CODE-8."""
    customer = a_customer(session)
    wrong = wrong_codes(session, customer) | {"nothing": "", "long": "A" * 100_000, "odd": "\0'\ud800"}
    session.flush()
    seen = set()
    for code in wrong.values():
        with asked(engine) as statements, pytest.raises(Refusal) as refused:
            redeeming.find(session, customer.organization, code, on=START + timedelta(91))
        seen.add((str(refused.value), tuple(statements)))
    assert len(seen) == 1
    ((_, once),) = seen
    assert len(once) == 1


def test_a_code_that_was_found_and_ended_meanwhile_is_not_taken(session: Session) -> None:
    customer = a_customer(session)
    row, code = sell(session, customer)
    found = redeeming.find(session, customer.organization, code, on=START)
    activation_codes.void(
        session, customer.organization, row.hex_id, by=a_seller(session), reason="Wrong price", at=midnight(START)
    )
    with pytest.raises(Refusal, match="cannot be applied here"):
        redeeming.redeem(session, customer.organization, found.hex_id, by=a_seller(session), at=midnight(START))


def test_a_code_sent_again_is_another_one_and_the_old_one_is_void(session: Session) -> None:
    """CODE-7."""
    customer = a_customer(session)
    row, old = sell(session, customer)
    late = START + timedelta(100)
    again = activation_codes.send_again(session, seller_to(session, customer), row.hex_id, at=midnight(late))
    new = mailed_code(session)
    assert new != old
    assert (row.state(late), again.state(late)) == (CodeState.VOID, CodeState.ISSUED)
    assert again.terms == row.terms
    with pytest.raises(Refusal):
        redeeming.find(session, customer.organization, old, on=late)
    assert apply(session, customer, new, on=late).id == again.subscription_id


@pytest.mark.parametrize("end", ["redeemed", "void"])
def test_what_has_ended_is_neither_taken_back_nor_sent_again(session: Session, end: str) -> None:
    customer = a_customer(session)
    row, code = sell(session, customer)
    seller = seller_to(session, customer)

    def take_back() -> None:
        activation_codes.void(
            session, customer.organization, row.hex_id, by=seller.by, reason="Twice", at=midnight(START)
        )

    take_back() if end == "void" else apply(session, customer, code)
    with pytest.raises(Refusal, match="already"):
        take_back()
    with pytest.raises(Refusal, match="already"):
        activation_codes.send_again(session, seller, row.hex_id, at=midnight(START))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"billing_contact": None}, "billing contact"),
        ({"billing_contact": "nobody"}, "billing contact"),
        ({"commitment": None}, "above 0"),
        ({"months": None}, "how many months"),
    ],
)
def test_what_could_not_be_activated_is_not_sold(session: Session, change: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        sell(session, a_customer(session), **change)


def test_two_monthly_commitments_for_the_same_days_are_not_sold(session: Session) -> None:
    customer = a_customer(session)
    _, code = sell(session, customer)
    apply(session, customer, code)
    with pytest.raises(Refusal, match="cannot overlap"):
        sell(session, customer, on=MARCH)
    assert sell(session, customer, on=MARCH, starts_on=date(2025, 1, 1))


def test_the_feed_says_what_was_sold_taken_back_and_applied(session: Session) -> None:
    customer = a_customer(session)
    row, _ = sell(session, customer)
    activation_codes.send_again(session, seller_to(session, customer), row.hex_id, at=midnight(START))
    apply(session, customer, mailed_code(session))
    types = session.scalars(select(Activity.type).order_by(Activity.id)).all()
    wanted = ["ACTIVATION_CODE_ISSUED", "ACTIVATION_CODE_ISSUED", "PREPAID_PLAN_ACTIVATED"]
    assert [name for name in types if name in wanted] == wanted


@pytest.mark.parametrize("change", ["UPDATE activation_codes SET terms = '{}'", "DELETE FROM activation_codes"])
def test_what_was_sold_never_changes(session: Session, change: str) -> None:
    sell(session, a_customer(session))
    session.commit()
    with pytest.raises(DBAPIError, match="cannot change"):
        session.execute(text(change))


def test_of_two_who_apply_one_code_at_once_one_gets_the_subscription(session: Session, engine: Engine) -> None:
    """CODE-9."""
    customer = a_customer(session)
    row, _ = sell(session, customer)
    session.commit()
    organization_id, hex_id, by_id = customer.organization.id, row.hex_id, row.issued_by_id
    together, ends = threading.Barrier(2), list[str]()

    def run() -> None:
        together.wait()
        try:
            with writing(engine).begin() as own:
                organization, by = own.get_one(Organization, organization_id), own.get_one(User, by_id)
                redeeming.redeem(own, organization, hex_id, by=by, at=midnight(START))
            ends.append("active")
        except Refusal as refusal:
            ends.append(str(refusal))

    _at_once(run)
    session.expire_all()
    assert sorted(ends) == sorted(["active", redeeming.NOT_TAKEN])
    assert session.scalar(select(func.count()).select_from(Subscription)) == 1
    assert session.get_one(ActivationCode, row.id).state(START) is CodeState.REDEEMED


def _at_once(run: Callable[[], None]) -> None:
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
