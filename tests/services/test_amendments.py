"""Amending contracts: what the next close bills, what is refused, and that closed months stay as they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from portal.domain.contracts import Terms
from portal.domain.errors import Overtaken, Refusal
from portal.domain.methods import Method, SubscriptionType
from portal.domain.money import USD, Money
from portal.models.documents import Document, DocumentKind
from portal.models.history import Activity
from portal.models.invoices import Invoice
from portal.models.payments import Payment
from portal.services import amendments, billing_profiles, contracts, credit_rows, people, subscriptions
from portal.services.amendments import NewEnd, NewStart, NewTerms
from tests.customers import START, Customer, a_customer, close, midnight, payments, use

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.models.organizations import User
    from portal.services.amendments import Amendment
    from portal.services.contracts import Contract

FEBRUARY, MARCH = date(2024, 2, 1), date(2024, 3, 1)
LAST_OF_TERM = date(2024, 12, 31)


def a_contract(session: Session, customer: Customer, *, on: date = START, **changes: Any) -> Contract:
    """A monthly commitment of 12,000 over twelve months with elastic billing, unless `changes` say otherwise."""
    terms: dict[str, Any] = {
        "type": SubscriptionType.MONTHLY_COMMITMENT,
        "starts_on": on,
        "months": 12,
        "currency": USD,
        "commitment": Money.of("12000", USD),
        "elastic": True,
    } | changes
    subscription = subscriptions.activate(
        session, customer.organization, customer.group, Terms(**terms), at=midnight(on)
    )
    return contracts.of_subscription(session, subscription)


def sales(session: Session) -> User:
    return people.find_user_by_email(session, "sales@portal.example") or people.create_user(
        session, "sales@portal.example", name="Sam Sales", password_hash="", at=midnight(START)
    )


def amend(session: Session, customer: Customer, contract: Contract, wanted: Amendment, *, on: date) -> Contract:
    """Amend the contract as it stands on `on`."""
    held = contracts.of_subscription(session, contract.subscription)
    amendments.amend(
        session,
        customer.organization,
        held,
        wanted,
        seen=held.terms.version,
        reason="Agreed by phone",
        at=midnight(on),
        by=sales(session),
    )
    return contracts.of_subscription(session, contract.subscription)


def billed(session: Session, customer: Customer, method: Method = Method.MONTHLY_COMMITMENT) -> list[int]:
    return [one.billed_cents for one in payments(session, customer) if one.method is method]


def closed_rows(session: Session) -> list[Any]:
    """Everything that a closed month wrote; an amendment adds an order form of its own."""
    tables: list[Any] = [Invoice, Payment, Document]
    rows = [session.execute(select(*table.__table__.columns).order_by(table.id)).mappings() for table in tables]
    return [[dict(row) for row in found if row.get("kind") != DocumentKind.ORDER_FORM] for found in rows]


def test_an_amended_price_counts_for_open_months_and_closed_ones_stay_byte_for_byte(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    close(session, customer, "2024-01")
    before = closed_rows(session)
    amend(session, customer, contract, NewTerms({"unit_price": Decimal("0.5")}), on=FEBRUARY)
    assert closed_rows(session) == before
    close(session, customer, "2024-02")
    assert [one.net_minor for one in payments(session, customer)] == [100_000, 50_000]


def test_an_amended_price_is_corrected_by_another_amendment(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    amend(session, customer, contract, NewTerms({"unit_price": Decimal("0.5")}), on=START)
    corrected = amend(session, customer, contract, NewTerms({"unit_price": Decimal("0.9")}), on=START)
    close(session, customer, "2024-01")
    assert corrected.terms.version == 3
    assert [one.net_minor for one in payments(session, customer)] == [90_000]


def test_a_higher_commitment_raises_what_each_month_bills_and_can_be_lowered_again(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    close(session, customer, "2024-01")
    amend(session, customer, contract, NewTerms({"commitment_cents": 2_400_000}), on=FEBRUARY)
    close(session, customer, "2024-02")
    amend(session, customer, contract, NewTerms({"commitment_cents": 1_200_000}), on=MARCH)
    close(session, customer, "2024-03")
    assert billed(session, customer) == [100_000, 200_000, 100_000]


@pytest.mark.parametrize(
    ("cents", "words"),
    [(99_999, "1000.00 US dollars of the commitment are billed already"), (0, "above 0")],
)
def test_a_commitment_is_never_lower_than_what_was_billed(session: Session, cents: int, words: str) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    close(session, customer, "2024-01")
    with pytest.raises(Refusal, match=words):
        amend(session, customer, contract, NewTerms({"commitment_cents": cents}), on=FEBRUARY)


def test_a_commitment_is_never_lower_than_what_the_running_month_used(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    use(session, customer, date(2024, 1, 5), "3000")
    with pytest.raises(Refusal, match=r"3000\.00 US dollars of the commitment are used already"):
        amend(session, customer, contract, NewTerms({"commitment_cents": 299_999}), on=date(2024, 1, 6))
    amended = amend(session, customer, contract, NewTerms({"commitment_cents": 300_000}), on=date(2024, 1, 6))
    assert amended.terms.commitment_cents == 300_000


def test_elastic_is_switched_off_and_on_again(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, commitment=Money.of("100", USD), months=1)
    use(session, customer, date(2024, 1, 5), "150")
    amend(session, customer, contract, NewTerms({"elastic": False}), on=date(2024, 1, 6))
    effect = amendments.preview(
        session,
        customer.organization,
        contracts.of_subscription(session, contract.subscription),
        NewTerms({"elastic": True}),
        on=date(2024, 1, 6),
    )
    assert [
        [part.source.method for part in side.parts] for side in (effect.open_now[0].before, effect.open_now[0].after)
    ] == [
        [Method.MONTHLY_COMMITMENT, Method.CARD],
        [Method.MONTHLY_COMMITMENT, Method.ELASTIC],
    ]
    amend(session, customer, contract, NewTerms({"elastic": True}), on=date(2024, 1, 6))
    close(session, customer, "2024-01")
    assert [one.method for one in payments(session, customer)] == [Method.MONTHLY_COMMITMENT, Method.ELASTIC]


def test_what_is_left_of_a_commitment_falls_due_in_the_month_that_ends_it_early(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    close(session, customer, "2024-01")
    amend(session, customer, contract, NewEnd(date(2024, 2, 20)), on=date(2024, 2, 10))
    for month in ("2024-02", "2024-03"):
        close(session, customer, month)
    assert billed(session, customer) == [100_000, 1_100_000]


def test_what_is_left_of_a_commitment_may_be_waived_instead(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    close(session, customer, "2024-01")
    ended = amend(session, customer, contract, NewEnd(date(2024, 2, 20), waives_rest=True), on=date(2024, 2, 10))
    close(session, customer, "2024-02")
    assert (ended.terms.commitment_cents, billed(session, customer)) == (100_000, [100_000])


@pytest.mark.parametrize("kind", [SubscriptionType.MONTHLY_COMMITMENT, SubscriptionType.GCP_MONTHLY_COMMITMENT])
def test_where_nothing_was_billed_or_used_yet_all_of_it_is_waived(session: Session, kind: SubscriptionType) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, type=kind, elastic=False)
    ended = amend(session, customer, contract, NewEnd(date(2024, 1, 20), waives_rest=True), on=date(2024, 1, 10))
    use(session, customer, date(2024, 1, 15), "70")
    close(session, customer, "2024-01")
    made = [(one.method, one.billed_cents) for one in payments(session, customer)]
    assert (ended.terms.commitment_cents, made) == (None, [(Method.CARD, 7_000)])


@pytest.mark.parametrize(
    ("kind", "used", "billed_cents"),
    [
        (SubscriptionType.FLEX_COMMITMENT, "500", [50_000]),
        (SubscriptionType.MONTHLY_COMMITMENT, "1500", [150_000]),
        (SubscriptionType.GCP_MONTHLY_COMMITMENT, "1500", [150_000]),
    ],
)
def test_what_is_used_until_the_rest_is_waived_stays_usage_of_the_commitment(
    session: Session, kind: SubscriptionType, used: str, billed_cents: list[int]
) -> None:
    """At its price: it does not become elastic, or go to a card."""
    customer = a_customer(session)
    contract = a_contract(session, customer, type=kind)
    use(session, customer, date(2024, 1, 5), used)
    amend(session, customer, contract, NewEnd(date(2024, 1, 31), waives_rest=True), on=date(2024, 1, 10))
    close(session, customer, "2024-01")
    assert [one.billed_cents for one in payments(session, customer)] == billed_cents
    assert {one.method for one in payments(session, customer)} <= {kind, Method.GCP_COMMITMENT}


def test_an_early_end_is_undone_by_the_old_last_day(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    amend(session, customer, contract, NewEnd(date(2024, 1, 31)), on=date(2024, 1, 10))
    amend(session, customer, contract, NewEnd(LAST_OF_TERM), on=date(2024, 1, 11))
    close(session, customer, "2024-01")
    assert billed(session, customer) == [100_000]


def test_an_extended_flex_commitment_asks_for_the_shortfall_later(session: Session) -> None:
    customer = a_customer(session)
    flex: dict[str, Any] = {"type": SubscriptionType.FLEX_COMMITMENT, "months": 2, "commitment": Money.of("500", USD)}
    contract = a_contract(session, customer, **flex)
    use(session, customer, date(2024, 1, 5), "100")
    amend(session, customer, contract, NewEnd(date(2024, 3, 31)), on=FEBRUARY)
    for month in ("2024-01", "2024-02", "2024-03"):
        close(session, customer, month)
    assert billed(session, customer, Method.FLEX_COMMITMENT) == [10_000, 40_000]


def test_the_extension_is_undone_while_its_months_are_open(session: Session) -> None:
    customer = a_customer(session)
    flex: dict[str, Any] = {"type": SubscriptionType.FLEX_COMMITMENT, "months": 2, "commitment": Money.of("500", USD)}
    contract = a_contract(session, customer, **flex)
    amend(session, customer, contract, NewEnd(date(2024, 3, 31)), on=FEBRUARY)
    amend(session, customer, contract, NewEnd(date(2024, 2, 29)), on=FEBRUARY)
    for month in ("2024-01", "2024-02"):
        close(session, customer, month)
    assert billed(session, customer, Method.FLEX_COMMITMENT) == [50_000]


def test_a_contract_whose_last_month_is_closed_is_not_extended(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, months=1)
    close(session, customer, "2024-01")
    with pytest.raises(Refusal, match="that month is closed"):
        amend(session, customer, contract, NewEnd(date(2024, 3, 31)), on=FEBRUARY)


def test_a_start_is_pulled_forward_and_put_back(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    upcoming = subscriptions.activate(
        session,
        customer.organization,
        customer.group,
        Terms(type=SubscriptionType.ELASTIC, starts_on=date(2025, 6, 1), months=12, currency=USD),
        at=midnight(START),
    )
    elastic = contracts.of_subscription(session, upcoming)
    pulled = amend(session, customer, elastic, NewStart(date(2024, 1, 20)), on=date(2024, 1, 10))
    assert (pulled.covers.starts_on, pulled.covers.last_on) == (date(2024, 1, 20), date(2026, 5, 31))
    back = amend(session, customer, elastic, NewStart(date(2025, 6, 1)), on=date(2024, 1, 11))
    assert back.covers == elastic.covers
    assert contract.terms.version == 1


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (NewEnd(date(2023, 12, 1)), "before it starts"),
        (NewEnd(date(2024, 1, 9)), "has passed"),
        (NewEnd(LAST_OF_TERM), "already"),
        (NewEnd(date(2025, 1, 31), waives_rest=True), "not where it is extended"),
        (NewStart(date(2024, 1, 20)), "A start that has passed stays"),
        (NewTerms({"elastic": True}), "Nothing would change"),
        (NewTerms({"unit_price": Decimal(0)}), "A unit price is above 0"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(session: Session, wanted: Amendment, words: str) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    with pytest.raises(Refusal, match=words):
        amend(session, customer, contract, wanted, on=date(2024, 1, 10))


def test_a_start_in_a_closed_month_is_refused(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, starts_on=date(2024, 6, 1))
    close(session, customer, "2024-01")
    with pytest.raises(Refusal, match="The month of 2024-01-20 is closed"):
        amend(session, customer, contract, NewStart(date(2024, 1, 20)), on=date(2024, 1, 10))


def test_a_price_can_be_corrected_after_the_last_day_while_the_last_month_is_open(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    for month in range(1, 12):
        close(session, customer, f"2024-{month:02}")
    amend(session, customer, contract, NewTerms({"unit_price": Decimal("0.5")}), on=date(2025, 1, 3))
    close(session, customer, "2024-12", on=date(2025, 1, 4))
    assert payments(session, customer)[-1].net_minor == 50_000


def test_a_commitment_whose_last_month_is_closed_is_not_raised(session: Session) -> None:
    """Nothing would bill it any more."""
    customer = a_customer(session)
    contract = a_contract(session, customer, months=1)
    close(session, customer, "2024-01")
    with pytest.raises(Refusal, match="that month is closed"):
        amend(session, customer, contract, NewTerms({"commitment_cents": 2_400_000}), on=FEBRUARY)


def test_a_raised_google_commitment_does_not_bill_again_what_went_beyond_it(session: Session) -> None:
    """Of 14,000 used, 2,000 were billed beyond; of 15,000 there are 3,000 left."""
    customer = a_customer(session)
    contract = a_contract(session, customer, type=SubscriptionType.GCP_MONTHLY_COMMITMENT, elastic=False)
    for first_on, used in ((START, "14000"), (FEBRUARY, "2900"), (MARCH, "150")):
        use(session, customer, first_on, used)
    close(session, customer, "2024-01")
    amend(session, customer, contract, NewTerms({"commitment_cents": 1_500_000}), on=FEBRUARY)
    for month in ("2024-02", "2024-03"):
        close(session, customer, month)
    assert billed(session, customer, Method.GCP_ELASTIC) == [200_000, 5_000]


def test_two_monthly_commitments_do_not_come_to_overlap(session: Session) -> None:
    customer = a_customer(session)
    first = a_contract(session, customer)
    second = a_contract(session, customer, starts_on=date(2025, 1, 1))
    for contract, wanted in ((first, NewEnd(date(2025, 1, 1))), (second, NewStart(date(2024, 12, 31)))):
        with pytest.raises(Refusal, match="Two monthly commitments cannot overlap"):
            amend(session, customer, contract, wanted, on=date(2024, 1, 10))


def test_who_comes_second_is_told_what_changed_meanwhile(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    amend(session, customer, contract, NewTerms({"purchase_order": "PO-1"}), on=START)
    with pytest.raises(Overtaken, match="Sam Sales changed it meanwhile, on 2024-01-01 at 00:00 UTC: Agreed by phone"):
        amendments.amend(
            session,
            customer.organization,
            contract,
            NewTerms({"purchase_order": "PO-2"}),
            seen=1,
            reason="Another",
            at=midnight(START),
            by=sales(session),
        )


def test_credits_paid_in_advance_follow_the_days_of_their_contract(session: Session) -> None:
    """The first ones begin with it, and none outlast it."""
    customer = a_customer(session)
    contract = a_contract(
        session, customer, starts_on=date(2024, 2, 1), months=24, yearly_in_advance=True, elastic=False
    )
    amend(session, customer, contract, NewStart(date(2024, 1, 15)), on=date(2024, 1, 10))
    amend(session, customer, contract, NewEnd(date(2024, 12, 31)), on=date(2024, 1, 10))
    rows = credit_rows.of_organization(session, customer.organization)
    assert [(row.days.starts_on, row.days.last_on, row.terms.voided) for row in rows] == [
        (date(2024, 1, 15), date(2024, 12, 31), False),
        (date(2025, 2, 1), date(2026, 1, 31), True),
    ]


YEARS = [
    (date(2024, 1, 1), date(2024, 12, 31), False),
    (date(2025, 1, 1), date(2025, 12, 31), False),
    (date(2026, 1, 1), date(2026, 12, 31), False),
]


def days_of(session: Session, customer: Customer) -> list[tuple[date, date | None, bool]]:
    rows = credit_rows.of_organization(session, customer.organization)
    return [(row.days.starts_on, row.days.last_on, row.terms.voided) for row in rows]


@pytest.mark.parametrize("last_on", [date(2024, 6, 30), date(2024, 12, 31), date(2025, 1, 1), date(2026, 6, 30)])
def test_years_that_an_end_took_come_back_with_the_old_last_day(session: Session, last_on: date) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, months=36, yearly_in_advance=True, elastic=False)
    amend(session, customer, contract, NewEnd(last_on), on=date(2024, 1, 10))
    assert all(last <= last_on or is_void for _, last, is_void in days_of(session, customer) if last)
    amend(session, customer, contract, NewTerms({"purchase_order": "PO-2"}), on=date(2024, 1, 11))
    amend(session, customer, contract, NewEnd(date(2026, 12, 31)), on=date(2024, 1, 12))
    assert days_of(session, customer) == YEARS


def test_a_start_is_not_moved_beyond_credits_that_were_paid_in_advance(session: Session) -> None:
    """They are paid for, and would be lost."""
    customer = a_customer(session)
    contract = a_contract(session, customer, starts_on=FEBRUARY, months=24, yearly_in_advance=True)
    with pytest.raises(Refusal, match="paid in advance end on 2025-01-31"):
        amend(session, customer, contract, NewStart(FEBRUARY.replace(year=2025)), on=START)
    amend(session, customer, contract, NewStart(date(2025, 1, 31)), on=START)
    amend(session, customer, contract, NewStart(FEBRUARY), on=START)
    assert [first for first, *_ in days_of(session, customer)] == [FEBRUARY, FEBRUARY.replace(year=2025)]


def test_the_last_year_that_comes_back_ends_with_the_term_however_late(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, months=36, yearly_in_advance=True, elastic=False)
    amend(session, customer, contract, NewEnd(date(2024, 6, 30)), on=date(2024, 1, 10))
    amend(session, customer, contract, NewEnd(date(2027, 3, 31)), on=date(2024, 1, 11))
    assert days_of(session, customer) == [*YEARS[:2], (date(2026, 1, 1), date(2027, 3, 31), False)]


def test_a_year_that_staff_voided_stays_void_whatever_the_term_does(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, months=36, yearly_in_advance=True, elastic=False)
    second = credit_rows.of_organization(session, customer.organization)[1]
    at = midnight(date(2024, 1, 9))
    credit_rows.change(session, second.credit, voided=True, at=at, by=None, reason="Not wanted")
    amend(session, customer, contract, NewEnd(date(2024, 6, 30)), on=date(2024, 1, 10))
    amend(session, customer, contract, NewEnd(date(2026, 12, 31)), on=date(2024, 1, 11))
    assert days_of(session, customer) == [YEARS[0], (*YEARS[1][:2], True), YEARS[2]]


def test_what_was_paid_in_advance_keeps_its_unit_price(session: Session) -> None:
    """Its tax invoice is issued; an order form with another price would contradict it."""
    customer = a_customer(session)
    contract = a_contract(session, customer, type=SubscriptionType.PREPAID)
    with pytest.raises(Refusal, match="at the unit price that was agreed"):
        amend(session, customer, contract, NewTerms({"unit_price": Decimal("0.5")}), on=START)


def test_what_was_paid_in_advance_has_no_commitment_to_amend(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer, type=SubscriptionType.PREPAID)
    with pytest.raises(Refusal, match="Grant or void credits"):
        amend(session, customer, contract, NewTerms({"commitment_cents": 1}), on=START)


def test_the_feed_says_what_was_agreed_but_not_why(session: Session) -> None:
    customer = a_customer(session)
    contract = a_contract(session, customer)
    amend(session, customer, contract, NewEnd(date(2025, 1, 31)), on=START)
    amend(session, customer, contract, NewEnd(date(2024, 6, 30)), on=START)
    amend(session, customer, contract, NewTerms({"billing_contact": "cfo@acme.example"}), on=START)
    texts = session.scalars(select(Activity.text).where(Activity.type.like("SUBSCRIPTION_%")).order_by(Activity.id))
    assert list(texts) == [
        "Subscription was extended. Monthly commitment from 2024-01-01: last day 2025-01-31",
        "Subscription was ended early. Monthly commitment from 2024-01-01: last day 2024-06-30",
        "Subscription was amended. Monthly commitment from 2024-01-01: billing contact cfo@acme.example",
    ]
    profile = billing_profiles.own_profile(session, customer.organization)
    assert profile
    assert profile.billing_contact == "cfo@acme.example"


def test_the_effect_names_only_months_in_which_something_is_billed_otherwise(session: Session) -> None:
    """What a month leaves behind may differ: it is named where it is billed."""
    customer = a_customer(session)
    contract = a_contract(session, customer, commitment=Money.of("300", USD), months=3)
    on = date(2024, 1, 10)
    extended = amendments.preview(session, customer.organization, contract, NewEnd(date(2024, 4, 30)), on=on)
    assert (extended.idle, len(extended.open_now)) == ((), 1)
    raised = NewTerms({"commitment_cents": 60_000})
    effect = amendments.preview(session, customer.organization, contract, raised, on=on)
    assert [str(change.month) for change in effect.idle] == ["2024-01", "2024-02", "2024-03"]


def test_the_effect_that_is_shown_is_what_the_closes_then_bill(session: Session) -> None:
    """For the rest of the term, month by month, without further usage."""
    customer = a_customer(session)
    contract = a_contract(session, customer)
    use(session, customer, date(2024, 1, 5), "1500")
    wanted = NewTerms({"commitment_cents": 600_000, "unit_price": Decimal("0.9")})
    effect = amendments.preview(session, customer.organization, contract, wanted, on=date(2024, 1, 10))
    assert not session.new
    amend(session, customer, contract, wanted, on=date(2024, 1, 10))
    for change in effect.idle:
        close(session, customer, str(change.month))
    nets = [one.net_minor for one in payments(session, customer) if one.net_minor]
    assert nets == [amount.minor for change in effect.idle for amount in change.after.asked]
    assert [amount.minor for change in effect.idle for amount in change.before.asked][:2] == [150_000, 100_000]


def test_a_start_that_is_moved_away_and_back_reaches_back_to_the_first_use(session: Session) -> None:
    """A1: on the day of its activation, inside the first 30 days of use."""
    customer = a_customer(session)
    use(session, customer, date(2024, 1, 10), "100")
    today = date(2024, 1, 20)
    contract = a_contract(session, customer, on=today)
    amend(session, customer, contract, NewStart(FEBRUARY), on=today)
    back = amend(session, customer, contract, NewStart(today), on=today)
    assert (back.terms.starts_on, back.terms.covers_from_on) == (today, date(2024, 1, 10))
