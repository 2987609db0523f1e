"""A preview's scenario document: the expected usage to the cent, and nothing that the contract has no use for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.domain import previews
from portal.domain.methods import Method, SubscriptionType
from portal.domain.money import USD, Money, ratio_half_up
from portal.domain.periods import Month, each_day
from portal.domain.previews import Buyer, Offered

BUYER = Buyer(
    catalogue="atlas", name="Acme", country="DE", region="", tax_id=None, currency="EUR", payment_method="card_ok"
)
amounts = st.integers(0, 10**10).map(lambda cents: Money(cents, USD))


def offered(starts_on=date(2027, 1, 1), kind=SubscriptionType.MONTHLY_COMMITMENT):
    return Offered(
        type=kind, starts_on=starts_on, months=12, commitment="12000.00", elastic=True, unit_price="1",
        elastic_unit_price="1", marketplace="AWS",
    )  # fmt: skip


def used_by_day(document):
    """What the document's steps use on each day."""
    used: dict[date, int] = {}
    for step in document["timeline"]:
        if step["do"] != "usage":
            continue
        first, last = step.get("from") or step["on"], step.get("to") or step["on"]
        for day in each_day(date.fromisoformat(first), date.fromisoformat(last)):
            amount = Money.of(step.get("per_day") or step["amount"], USD).minor
            used[day] = used.get(day, 0) + amount
    return used


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.lists(amounts, min_size=1, max_size=14))
def test_every_month_uses_what_is_expected_of_it_and_the_first_its_share(starts_on, figures):
    document = previews.document(BUYER, offered(starts_on), figures)
    used, month = used_by_day(document), Month.of(starts_on)
    for number, figure in enumerate(figures):
        days = month.days - (starts_on.day - 1 if number == 0 else 0)
        assert sum(cents for day, cents in used.items() if day in month) == ratio_half_up(
            figure.minor * days, month.days
        )
        month = month.following()
    assert document["until"] == month.first_on.isoformat()
    assert all(day >= starts_on for day in used)


def test_the_last_figure_grows_and_those_before_it_stay():
    figures = [Money(10_000, USD), Money(20_000, USD)]
    expected = previews.expected_usage(figures, Decimal("2.5"), months=4)
    assert [amount.minor for amount in expected] == [10_000, 20_000, 20_500, 21_013]
    assert [amount.minor for amount in previews.expected_usage(figures, Decimal(5), months=1)] == [10_000]


def test_a_type_without_commitment_gets_none_and_no_contract_no_activation():
    elastic = previews.document(BUYER, offered(kind=SubscriptionType.ELASTIC), [Money(100, USD)])
    assert "commitment" not in elastic["timeline"][0]
    alone = previews.document(BUYER, offered(kind=None), [Money(100, USD)])
    assert [step["do"] for step in alone["timeline"]] == ["usage", "usage"]


def test_what_is_left_follows_from_the_figures_of_each_method():
    flex = {"left_to_use": "500.00", "usage": "120.00", "drawn": "120.00", "shortfall": "380.00"}
    assert previews.left_after(Method.FLEX_COMMITMENT, flex) == Money(0, USD)
    gcp = {"commitment": "900.00", "used_before": "700.00", "usage": "350.00"}
    assert previews.left_after(Method.GCP_COMMITMENT, gcp) == Money(0, USD)
    assert previews.left_after(Method.GCP_COMMITMENT, gcp | {"usage": "50.00"}) == Money(15_000, USD)
    assert previews.left_after(Method.CARD, {"usage": "1.00"}) is None
