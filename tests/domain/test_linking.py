"""What one organization pays for others is shared by usage, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import linking
from portal.domain.drawing import Portion, Source
from portal.domain.linking import Applicant
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.domain.settlement import settle

DAY = date(2024, 4, 1)


def dollars(amount: str) -> Money:
    return Money.of(amount, USD)


def test_an_unmet_minimum_is_split_by_largest_remainder():
    """AMB-18: 400 and 200 under a minimum of 799 leave 199: 132.67 and 66.33."""
    unmet = dollars("799") - dollars("400") - dollars("200")
    assert linking.split(unmet, {"a": dollars("400"), "b": dollars("200")}) == {
        "a": dollars("132.67"),
        "b": dollars("66.33"),
    }


def test_where_nothing_was_used_the_first_bears_it():
    assert linking.split(dollars("5"), {"a": dollars("0"), "b": dollars("0")}) == {"a": dollars("5"), "b": dollars("0")}


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_no_cent_is_lost_or_made(cents, weights):
    parts = linking.split(Money(cents, USD), {place: Money(weight, USD) for place, weight in enumerate(weights)})
    assert sum(part.minor for part in parts.values()) == cents
    whole = sum(weights)
    if whole:
        assert all(abs(parts[place].minor * whole - cents * weight) < whole for place, weight in enumerate(weights))


def test_usage_is_shared_as_it_was_drawn():
    pool = Source(method=Method.PROMOTIONAL, days=Days(DAY), capacity=dollars("50"))
    card = Source(method=Method.CARD, days=Days(DAY))
    owed = {
        Portion(DAY, organization_id=1): dollars("30"),
        Portion(DAY, organization_id=2): dollars("40"),
    }
    used = {1: dollars("30"), 2: dollars("40")}
    promotional, rest = (linking.shares(part, used) for part in settle([pool, card], owed))
    assert (promotional[1].usage, promotional[2].usage) == (dollars("30"), dollars("20"))
    assert (rest[1].usage, rest[2].usage, rest[2].billed) == (dollars("0"), dollars("20"), dollars("20"))


def test_250_can_be_linked_and_no_more():
    """LINK-2."""
    payer = Applicant(name="Acme", catalogue="atlas", has_contract=True, pays_for=249)
    assert linking.hinders_payer(payer, more=1) is None
    assert linking.hinders_payer(payer, more=2) == "At most 250 organizations can be linked to one; Acme has 249."


@pytest.mark.parametrize(
    ("fact", "words"),
    [("is_linked", "paid for"), ("goes_to_market", "marketplace"), ("has_groups", "groups"), ("owes", "open")],
)
def test_what_hinders_a_payer(fact, words):
    payer = Applicant(name="Acme", catalogue="atlas", has_contract=True)
    assert linking.hinders_payer(payer, more=1) is None
    assert words in str(linking.hinders_payer(replace(payer, **{fact: True}), more=1))  # type: ignore[arg-type]


def test_two_vendors_do_not_pay_for_each_other():
    payer, other = Applicant(name="Acme", catalogue="atlas"), Applicant(name="Beta", catalogue="aiven")
    assert linking.hinders_linking(other, payer) == "Beta is not a customer of the same vendor as Acme."
    assert linking.hinders_linking(replace(other, catalogue="atlas"), payer) is None
