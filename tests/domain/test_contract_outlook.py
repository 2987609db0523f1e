"""What a contract will ask for and when is said before it begins."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.contract_outlook import Asked, claims
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import Money

MONTHLY, FLEX = SubscriptionType.MONTHLY_COMMITMENT, SubscriptionType.FLEX_COMMITMENT


def sold(kind, *, starts_on=date(2024, 1, 1), months=12, commitment="12000.00", **others):
    return Terms(
        type=kind, starts_on=starts_on, months=months, commitment=Money.of(commitment, "USD"), currency="EUR", **others
    )


def figures(terms):
    return [
        (claim.asked, str(claim.days.starts_on), str(claim.days.last_on), str(claim.credits)) for claim in claims(terms)
    ]


def test_a_monthly_commitment_says_its_shares_and_what_is_left_for_the_last_month():
    assert figures(sold(MONTHLY, starts_on=date(2024, 3, 15))) == [
        (Asked.AT_LEAST, "2024-03-15", "2024-03-31", "548.39"),
        (Asked.AT_LEAST, "2024-04-01", "2025-02-28", "1000.00"),
        (Asked.AT_LEAST, "2025-03-01", "2025-03-14", "451.61"),
    ]


def test_months_of_the_same_share_are_counted_in_one_claim():
    (claim,) = claims(sold(MONTHLY, unit_price=Decimal("0.915")))
    assert (claim.months, claim.net) == (12, Money.of("915.00", "EUR"))


def test_a_flex_commitment_says_when_the_rest_is_due():
    assert figures(sold(FLEX, elastic=True)) == [
        (Asked.AS_USED, "2024-01-01", "2024-12-31", "None"),
        (Asked.LEFT_OVER, "2024-12-01", "2024-12-31", "12000.00"),
        (Asked.BEYOND, "2024-01-01", "2024-12-31", "None"),
    ]


def test_what_is_paid_yearly_in_advance_is_asked_for_each_year():
    assert figures(sold(MONTHLY, months=24, yearly_in_advance=True)) == [
        (Asked.IN_ADVANCE, "2024-01-01", "2024-12-31", "6000.00"),
        (Asked.IN_ADVANCE, "2025-01-01", "2025-12-31", "6000.00"),
    ]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (SubscriptionType.ELASTIC, [Asked.AS_USED]),
        (SubscriptionType.MARKETPLACE, [Asked.BY_MARKETPLACE]),
        (SubscriptionType.PREPAID, [Asked.IN_ADVANCE]),
        (SubscriptionType.GCP_MONTHLY_COMMITMENT, [Asked.BY_GOOGLE, Asked.BEYOND_BY_GOOGLE]),
    ],
)
def test_every_type_says_who_asks_for_what(kind, asked):
    assert [claim.asked for claim in claims(sold(kind))] == asked


def test_a_contract_without_an_end_is_asked_for_as_used():
    (claim,) = claims(Terms(type=SubscriptionType.ELASTIC, starts_on=date(2024, 1, 1), months=None, currency="USD"))
    assert claim.days.ends_before is None


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(1, 120),
    st.integers(1, 10**12),
    st.sampled_from([MONTHLY, SubscriptionType.GCP_MONTHLY_COMMITMENT, SubscriptionType.PREPAID]),
)
def test_no_cent_of_a_commitment_is_lost_or_made_and_no_day_left_out(starts_on, months, cents, kind):
    terms = Terms(type=kind, starts_on=starts_on, months=months, commitment=Money(cents, "USD"), currency="USD")
    known = [claim for claim in claims(terms) if claim.credits is not None]
    assert sum(claim.credits.minor * (claim.months or 1) for claim in known if claim.credits) == cents
    assert known[0].days.starts_on == starts_on
    assert known[-1].days.ends_before == terms.ends_before
    assert all(one.days.ends_before == next_.days.starts_on for one, next_ in pairwise(known))
    assert all(claim.days.last_on and claim.days.last_on >= claim.days.starts_on for claim in known)
