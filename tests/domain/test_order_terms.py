"""What order forms say of contracts: contract years, and parts that add up to the commitment (4.1)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import order_terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.order_terms import year_of
from portal.domain.periods import Days, add_months
from tests.contracts import terms

IN_PARTS = ("monthly_commitment", "gcp_monthly_commitment", "prepaid")


def parts(agreed, term=None):
    term = term or Days(agreed.starts_on, agreed.ends_before)
    return [(one.days.starts_on, one.count, one.each.minor) for one in order_terms.schedule(agreed, term)]


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        (terms(), [(date(2024, 1, 1), 12, 100_000)]),
        (terms(commitment="10000.00"), [(date(2024, 1, 1), 11, 83_333), (date(2024, 12, 1), 1, 83_337)]),
        (
            terms(starts_on=date(2024, 3, 15)),
            [(date(2024, 3, 15), 1, 54_839), (date(2024, 4, 1), 11, 100_000), (date(2025, 3, 1), 1, 45_161)],
        ),
        (
            terms(commitment="6000.00", months=6, starts_on=date(2024, 2, 15)),
            [(date(2024, 2, 15), 1, 51_724), (date(2024, 3, 1), 5, 100_000), (date(2024, 8, 1), 1, 48_276)],
        ),
        (terms("prepaid"), [(date(2024, 1, 1), 1, 1_200_000)]),
        (
            terms(commitment="30000.00", months=30, yearly_in_advance=True),
            [(date(2024, 1, 1), 2, 1_200_000), (date(2026, 1, 1), 1, 600_000)],
        ),
        (terms("flex_commitment"), []),
        (terms("elastic", None, months=None), []),
    ],
)
def test_the_parts_of_a_commitment(agreed, expected):
    assert parts(agreed) == expected


@given(
    st.sampled_from(IN_PARTS), st.integers(1, 10**9), st.integers(1, 60),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(-40, 400),
)  # fmt: skip
def test_the_parts_add_up_to_the_commitment_and_follow_each_other(kind, cents, months, starts_on, moved):
    """Also where the end was moved after the contract was sold."""
    agreed = terms(kind, str(Money(cents, USD)), months=months, starts_on=starts_on)
    ends_before = max(add_months(starts_on, months) + timedelta(days=moved), starts_on + timedelta(days=1))
    shares = order_terms.schedule(agreed, Days(starts_on, ends_before))
    assert sum(one.count * one.each.minor for one in shares) == cents
    assert shares[0].days.starts_on == starts_on
    assert all(one.days.ends_before == next_.days.starts_on for one, next_ in pairwise(shares))
    assert all(one.each != next_.each for one, next_ in pairwise(shares))


@pytest.mark.parametrize(
    ("on", "first", "ends_before"),
    [
        (date(2023, 12, 1), date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 2, 27), date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 2, 28), date(2025, 2, 28), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 2, 28), date(2026, 8, 29)),
    ],
)
def test_a_contract_year_begins_with_the_term_and_at_each_anniversary(on, first, ends_before):
    assert year_of(Days(date(2024, 2, 29), date(2026, 8, 29)), on) == Days(first, ends_before)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 4000))
def test_every_day_of_an_open_contract_lies_in_exactly_one_year(starts_on, days):
    on = starts_on + timedelta(days=days)
    year = year_of(Days(starts_on), on)
    assert on in year
    assert year.ends_before is not None
    assert year_of(Days(starts_on), year.ends_before).starts_on == year.ends_before


@pytest.mark.parametrize(
    ("agreed", "billing", "payment"),
    [
        (terms(), "Monthly in arrears", "30 days from the date of each tax invoice, by bank transfer"),
        (terms(pay_now_allowed=True), "Monthly in arrears", "by bank transfer, or online by card"),
        (terms(yearly_in_advance=True), "Yearly in advance", "30 days"),
        (terms("prepaid"), "In advance, when the subscription is activated", "30 days"),
        (terms("marketplace", None, marketplace="AWS"), "Monthly, through the AWS marketplace", "its taxes"),
        (terms("gcp_monthly_commitment"), "Monthly, by Google Cloud", "its taxes"),
    ],
)
def test_how_it_is_billed_and_paid(agreed, billing, payment):
    assert order_terms.billing(agreed) == billing
    assert payment in order_terms.payment(agreed, terms_days=30)


def test_what_becomes_of_usage_beyond_the_commitment():
    assert "elastically" in order_terms.beyond(terms(elastic=True, elastic_unit_price=Decimal("1.1")))
    assert "payment method on file" in order_terms.beyond(terms())
    assert "on top" in order_terms.beyond(terms("gcp_monthly_commitment"))
    assert order_terms.beyond(terms("elastic", None, months=None)) == "Billed each month as used"


@pytest.mark.parametrize("kind", SubscriptionType)
def test_every_commitment_says_what_becomes_of_what_is_left(kind):
    committed = kind not in {SubscriptionType.ELASTIC, SubscriptionType.MARKETPLACE}
    assert (order_terms.note(terms(kind)) is not None) == committed
