"""What stands beside the pending invoice: how one pays on a day, what is due in which currency, what needs no care."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.money import USD, Money
from portal.domain.periods import ONE_DAY, Month
from portal.services import billing_overview, billing_standing, invoices
from portal.services.billing_overview import MOST_ATTENTION, PendingInvoice
from tests import customers
from tests.contracts import activate, terms

EUR = "EUR"
FIRST, LAST = date(2024, 2, 10), date(2024, 3, 9)


def covered(session, customer, on):
    return bool(billing_standing.standing(session, customer.organization, on=on).contracts)


def test_a_subscription_stands_from_its_first_to_its_last_day(session):
    customer = customers.a_customer(session)
    customers.go_elastic(session, customer, FIRST, months=1)
    days = (FIRST - ONE_DAY, FIRST, LAST, LAST + ONE_DAY)
    assert [covered(session, customer, day) for day in days] == [False, True, True, False]


def test_an_open_ended_subscription_stands_on_every_later_day(session):
    customer = customers.a_customer(session)
    customers.go_elastic(session, customer, FIRST)
    assert covered(session, customer, date(2030, 1, 1))


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("marketplace", {"months": None, "commitment": None, "marketplace": "AWS"}, (True, False)),
        ("gcp_monthly_commitment", {}, (False, True)),
        ("flex_commitment", {}, (False, False)),
    ],
)
def test_it_is_known_who_bills_what_goes_beyond_a_contract(session, kind, changes, expected):
    customer = customers.a_customer(session)
    activate(session, customer, terms(kind, **changes))
    standing = billing_standing.standing(session, customer.organization, on=FIRST)
    assert (standing.is_with_marketplace, standing.is_with_google) == expected


def test_of_what_was_on_file_only_the_newest_counts_and_nothing_that_was_taken_away(session):
    customer = customers.a_customer(session, method="card_ok")
    customers.pay_by(session, customer, "paypal_ok", on=FIRST)
    newest = billing_standing.standing(session, customer.organization, on=LAST).method
    assert newest
    assert "PayPal" in newest.label
    customers.take_away_method(session, customer, on=FIRST)
    assert billing_standing.standing(session, customer.organization, on=LAST).method is None


def test_the_newest_address_and_no_others_stands(session):
    one, other = customers.a_customer(session), customers.a_customer(session, "other")
    customers.live_at(session, one, "DE", region="Berlin", on=FIRST)
    for customer, country in ((one, "DE"), (other, "IE")):
        profile = billing_standing.standing(session, customer.organization, on=LAST).profile
        assert profile
        assert profile.country == country


@pytest.mark.parametrize(
    ("amounts", "due"),
    [
        ([], ()),
        ([Money(0, USD)], (Money(0, USD),)),
        ([Money(0, EUR), Money(0, USD)], (Money(0, EUR),)),
        ([Money(5, EUR), Money(0, USD)], (Money(5, EUR),)),
        ([Money(5, EUR), Money(3, USD), Money(2, EUR)], (Money(7, EUR), Money(3, USD))),
    ],
)
def test_what_is_due_is_one_amount_a_currency_and_none_where_nothing_is_open(amounts, due):
    assert invoices.by_currency(amounts) == due


def test_attention_is_for_amounts_and_ends_at_twenty(session):
    customer = customers.a_customer(session, method=None)
    for index in range(MOST_ATTENTION + 2):
        month = f"{2024 + index // 12}-{index % 12 + 1:02d}"
        customers.use(session, customer, date.fromisoformat(f"{month}-10"), "1" if index else "0.001")
        customers.close(session, customer, month)
    found = billing_overview.needing_attention(session, customer.organization, on=date(2026, 6, 1))
    assert len(found) == MOST_ATTENTION
    assert found[0].invoice
    assert found[0].invoice.period_on == date(2024, 2, 1)


def test_the_net_amount_is_what_credits_leave_of_the_usage():
    pending = PendingInvoice(
        month=Month(2024, 2), as_of=FIRST, lines=[], usage=Money(100, USD), credits=Money(30, USD), payments=[],
        has_taxes=True,
    )  # fmt: skip
    assert pending.net == Money(70, USD)
