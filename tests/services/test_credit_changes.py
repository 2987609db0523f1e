"""Granting credits and changing them: what the next close draws, and that each change is undone or corrected."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.domain.errors import Overtaken, Refusal
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.credit_rows import CreditKind
from portal.models.history import Activity
from portal.services import credit_changes, credit_rows, people
from portal.services.credit_changes import CreditEnd, CreditStart, Reinstatement, Voiding
from portal.services.credit_rows import Grant
from tests.customers import START, Customer, a_customer, close, midnight, payments, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import User
    from portal.services.credit_changes import CreditChange
    from portal.services.credit_rows import CreditRow

TODAY, SPRING, SUMMER = date(2024, 1, 10), date(2024, 4, 1), date(2024, 7, 1)


@pytest.fixture
def customer(session: Session) -> Customer:
    """Who uses 100 dollars in January, and pays by card."""
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 20), "100")
    return customer


def finance(session: Session) -> User:
    return people.find_user_by_email(session, "finance@portal.example") or people.create_user(
        session, "finance@portal.example", name="Fay Finance", password_hash="", at=midnight(START)
    )


def credits_of(session: Session, customer: Customer, starts_on: date = START, ends_before: date = SPRING) -> CreditRow:
    grant = Grant(kind=CreditKind.PROMOTIONAL, total=Money.of("60", USD), days=Days(starts_on, ends_before))
    credit = credit_rows.grant(session, customer.organization, customer.group, grant, at=midnight(START))
    return credit_rows.row_of(session, credit)


def make(session: Session, customer: Customer, row: CreditRow, wanted: CreditChange, *, on: date = TODAY) -> CreditRow:
    """Change the credits as they stand."""
    seen = credit_rows.row_of(session, row.credit).terms.version
    by = finance(session)
    credit_changes.make(
        session, customer.organization, row, wanted, seen=seen, reason="A gesture", at=midnight(on), by=by
    )
    return credit_rows.row_of(session, row.credit)


def january(session: Session, customer: Customer) -> dict[Method, int]:
    """What the close of January bills, by method."""
    close(session, customer, "2024-01")
    return {one.method: one.billed_cents for one in payments(session, customer)}


def test_voided_credits_are_not_drawn(session: Session, customer: Customer) -> None:
    make(session, customer, credits_of(session, customer), Voiding())
    assert january(session, customer) == {Method.CARD: 10_000}


def test_a_voiding_is_taken_back(session: Session, customer: Customer) -> None:
    row = credits_of(session, customer)
    make(session, customer, row, Voiding())
    assert make(session, customer, row, Reinstatement()).terms.version == 3
    assert january(session, customer) == {Method.PROMOTIONAL: 6_000, Method.CARD: 4_000}


def test_a_start_is_pulled_forward_and_put_back(session: Session, customer: Customer) -> None:
    row = credits_of(session, customer, starts_on=date(2024, 3, 1))
    pulled = make(session, customer, row, CreditStart(date(2024, 1, 20)))
    assert pulled.days == Days(date(2024, 1, 20), SPRING)
    make(session, customer, row, CreditStart(date(2024, 3, 1)))
    assert january(session, customer) == {Method.CARD: 10_000}


def test_a_start_that_was_pulled_forward_counts(session: Session, customer: Customer) -> None:
    row = credits_of(session, customer, starts_on=date(2024, 3, 1))
    make(session, customer, row, CreditStart(date(2024, 1, 20)))
    assert january(session, customer) == {Method.PROMOTIONAL: 6_000, Method.CARD: 4_000}


def test_an_end_is_put_off_and_corrected(session: Session, customer: Customer) -> None:
    """Also of credits that have expired: they come back from their history."""
    row = credits_of(session, customer, ends_before=date(2024, 1, 5))
    make(session, customer, row, CreditEnd(date(2024, 6, 30)))
    corrected = make(session, customer, row, CreditEnd(date(2024, 1, 31)))
    assert corrected.days.last_on == date(2024, 1, 31)
    assert january(session, customer) == {Method.PROMOTIONAL: 6_000, Method.CARD: 4_000}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (CreditStart(date(2024, 1, 20)), "A start that has passed stays"),
        (CreditEnd(date(2024, 1, 9)), "has passed"),
        (CreditEnd(date(2023, 12, 31)), "before it starts"),
        (Reinstatement(), "These credits are not void"),
    ],
)
def test_what_cannot_be_is_refused(session: Session, customer: Customer, wanted: CreditChange, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        make(session, customer, credits_of(session, customer), wanted)


def test_credits_are_not_voided_twice(session: Session, customer: Customer) -> None:
    row = credits_of(session, customer)
    make(session, customer, row, Voiding())
    with pytest.raises(Refusal, match="void already"):
        make(session, customer, row, Voiding())


def test_a_kind_that_a_vendor_has_no_name_for_is_not_granted(session: Session, customer: Customer) -> None:
    customer.organization.catalogue = "aiven"
    grant = Grant(kind=CreditKind.PREPAID, total=Money.of("60", USD), days=Days(START, SPRING))
    with pytest.raises(Refusal, match="Aiven has no prepaid credits"):
        credit_rows.grant(session, customer.organization, customer.group, grant, at=midnight(START))


def test_a_start_lies_in_no_closed_month(session: Session, customer: Customer) -> None:
    row = credits_of(session, customer, starts_on=date(2024, 3, 1))
    close(session, customer, "2024-01")
    with pytest.raises(Refusal, match="The month of 2024-01-20 is closed"):
        make(session, customer, row, CreditStart(date(2024, 1, 20)))


def test_who_comes_second_is_told(session: Session, customer: Customer) -> None:
    row = credits_of(session, customer)
    make(session, customer, row, Voiding())
    with pytest.raises(Overtaken, match=r"Fay Finance changed it meanwhile.* A gesture"):
        credit_changes.make(
            session,
            customer.organization,
            row,
            CreditEnd(SUMMER),
            seen=1,
            reason="Another",
            at=midnight(TODAY),
            by=finance(session),
        )


def test_each_change_has_its_event(session: Session, customer: Customer) -> None:
    """The first one found is that of the card."""
    row = credits_of(session, customer, starts_on=date(2024, 3, 1))
    for wanted in (
        CreditStart(date(2024, 2, 1)),
        CreditStart(date(2024, 2, 2)),
        CreditEnd(date(2024, 4, 30)),
        Voiding(),
        Reinstatement(),
    ):
        make(session, customer, row, wanted)
    texts = session.scalars(select(Activity.text).where(Activity.text.like("Credit%")).order_by(Activity.id)).all()
    assert texts[1:] == [
        "Credit Start Date pulled forward. 60.00 US dollars: from 2024-02-01 in place of 2024-03-01",
        "Credit Start Date postponed. 60.00 US dollars: from 2024-02-02 in place of 2024-02-01",
        "Credit End Date Modified. 60.00 US dollars: until 2024-04-30 in place of 2024-03-31",
        "Credit was voided. 60.00 US dollars",
        "Credit was reinstated. 60.00 US dollars",
    ]


def test_what_a_grant_would_do_is_what_it_does(session: Session, customer: Customer) -> None:
    grant = Grant(kind=CreditKind.PROMOTIONAL, total=Money.of("60", USD), days=Days(START, SPRING), priority=1)
    effect = credit_changes.preview_grant(
        session, customer.organization, customer.group, grant, at=midnight(date(2024, 1, 25))
    )
    assert not session.new
    (running,) = effect.open_now
    assert [(part.source.method, part.billed.minor) for part in running.before.parts] == [(Method.CARD, 10_000)]
    credit_rows.grant(session, customer.organization, customer.group, grant, at=midnight(START))
    shown = {part.source.method: part.billed.minor for part in running.after.parts}
    assert january(session, customer) == shown == {Method.PROMOTIONAL: 6_000, Method.CARD: 4_000}


def test_what_one_open_month_draws_is_not_there_for_the_next(session: Session, customer: Customer) -> None:
    use(session, customer, date(2024, 2, 5), "50")
    row = credits_of(session, customer)
    effect = credit_changes.preview(session, customer.organization, row, Voiding(), on=date(2024, 2, 10))
    assert [{part.source.method: part.billed.minor for part in one.before.parts} for one in effect.open_now] == [
        {Method.PROMOTIONAL: 6_000, Method.CARD: 4_000},
        {Method.CARD: 5_000},
    ]


def test_what_was_used_lately_shows_what_credits_will_save(session: Session, customer: Customer) -> None:
    """An average day of January, 3.22, on each of the 29 days after 1 February."""
    row = credits_of(session, customer, starts_on=date(2024, 2, 1), ends_before=date(2024, 3, 1))
    close(session, customer, "2024-01")
    effect = credit_changes.preview(session, customer.organization, row, Voiding(), on=date(2024, 2, 1))
    assert (effect.daily, effect.idle) == (Money(322, USD), ())
    (february,) = effect.as_lately
    assert [sum(amount.minor for amount in side.asked) for side in (february.before, february.after)] == [3_016, 9_016]
