"""Terms that are sold are kept whole until their code is applied."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import sold_terms
from portal.domain.contracts import Terms
from portal.domain.errors import Malformed
from portal.domain.methods import SubscriptionType
from portal.domain.money import Money

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(str.strip)
prices = st.decimals("0.000000000001", "1000000", places=12)
terms = st.builds(
    Terms,
    type=st.sampled_from(SubscriptionType),
    starts_on=st.dates(),
    months=st.none() | st.integers(1, 1200),
    currency=st.sampled_from(["USD", "EUR", "JPY"]),
    unit_price=prices,
    elastic_unit_price=prices,
    commitment=st.none() | st.builds(Money, st.integers(1, 10**13), st.just("USD")),
    elastic=st.booleans(),
    marketplace=st.none() | st.just("AWS"),
    support_plan=st.none() | words,
    yearly_in_advance=st.booleans(),
    pay_now_allowed=st.booleans(),
    billing_contact=st.none() | words,
    purchase_order=st.none() | words,
    sales_representative_id=st.none() | st.integers(0, 2**63 - 1),
)
PLAIN = Terms(type=SubscriptionType.ELASTIC, starts_on=date(2024, 1, 1), months=None, currency="USD")


@given(terms)
def test_what_was_sold_comes_back_as_it_was(sold):
    kept = json.loads(json.dumps(sold_terms.written(sold)))
    assert sold_terms.restored(kept, starts_on=sold.starts_on) == sold


def test_every_term_but_the_start_is_kept():
    assert set(sold_terms.written(PLAIN)) == {field.name for field in fields(Terms)} - {"starts_on"}


def test_a_price_keeps_the_digits_that_were_agreed():
    kept = sold_terms.written(replace(PLAIN, unit_price=Decimal("0.9150")))
    assert str(sold_terms.restored(kept, starts_on=PLAIN.starts_on).unit_price) == "0.9150"


@pytest.mark.parametrize(
    "change",
    [
        {"unknown": 1},
        {"type": "barter"},
        {"months": 0},
        {"unit_price": "0"},
        {"elastic": None},
        {"commitment": "1.001"},
    ],
)
def test_anything_else_is_refused(change):
    with pytest.raises(Malformed):
        sold_terms.restored(sold_terms.written(PLAIN) | change, starts_on=PLAIN.starts_on)
