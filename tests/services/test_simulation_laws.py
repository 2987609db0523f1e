"""What holds for every scenario, whatever is in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.money import round_half_up
from tests.scenarios import a_scenario, an_address, daily_usage, elastic, simulate, step, usage

METHODS = st.sampled_from(["card_ok", "card_declines", "paypal_ok", None])
PLACES = st.sampled_from([("DE", "Berlin"), ("CA", "BC"), ("IE", "Dublin"), ("CH", ""), ("US", "Ohio")])
CENTS = st.integers(0, 10**7).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
DAYS = st.dates(date(2024, 1, 1), date(2024, 4, 30)).map(str)
PRICES = st.sampled_from(["1", "0.915", "0.333333", "25410.5"])
USAGE = st.builds(
    usage, DAYS, CENTS, project=st.sampled_from(["shop", "lab"]), service=st.sampled_from(["Clusters", "Backup"])
)
OTHERS = st.one_of(
    st.builds(elastic, DAYS, elastic_unit_price=PRICES, months=st.integers(1, 3)),
    st.builds(step, DAYS, do=st.just("set_payment_method"), method=METHODS),
    st.builds(step, DAYS, do=st.just("retry_payments")),
    st.builds(step, DAYS, do=st.just("set_address"), address=PLACES.map(lambda place: an_address(*place))),
)
TIMELINES = st.builds(lambda used, others: [*used, *others], st.lists(USAGE, max_size=12), st.lists(OTHERS, max_size=4))


def total(amounts) -> Decimal:
    return sum(map(Decimal, amounts), Decimal(0))


@settings(max_examples=60)
@given(TIMELINES, METHODS, PLACES)
def test_no_cent_is_lost_or_made(timeline, method, place):
    answer = simulate(
        a_scenario(
            *timeline, until="2024-07-15", payment_method=method, projects=["shop", "lab"], currency="EUR",
            address=an_address(*place),
        )
    )  # fmt: skip
    used = total(one["amount"] for one in timeline if one["do"] == "usage")
    cancelled = Decimal(0)
    for invoice in answer["invoices"]:
        rows = invoice["payments"]
        assert total(row["usage"] for row in rows) == Decimal(invoice["usage"])
        assert total(line["amount"] for line in invoice["lines"]) == Decimal(invoice["subtotal"])
        cancelled += total(row["usage"] for row in rows if row["status"] == "CANCELLED")
        for row in rows:
            check_payment(row)
    # What was cancelled was billed again in the month that ran.
    assert total(invoice["usage"] for invoice in answer["invoices"]) == used + cancelled


def check_payment(row) -> None:
    net = Decimal(row["billed"]) * Decimal(row["unit_price"])
    assert Decimal(row["net"]) == Decimal(round_half_up(net * 100)) / 100
    for tax in row["taxes"]:
        assert Decimal(tax["amount"]) == Decimal(round_half_up(Decimal(row["net"]) * Decimal(tax["rate"]))) / 100
    assert Decimal(row["total"]) == Decimal(row["net"]) + total(tax["amount"] for tax in row["taxes"])
    figures = {name: Decimal(value) for name, value in row["explain"].items()}
    assert figures["usage"] - figures["covered_elsewhere"] == figures["charged"] == Decimal(row["billed"])
    settled = row["status"] in ("PAID", "CANCELLED")
    assert row["due"] == ("0.00" if settled else row["total"])
    assert (row["tax_invoice"] is None) == (row["status"] == "CANCELLED" or Decimal(row["total"]) == 0)


@settings(max_examples=30)
@given(TIMELINES, METHODS)
def test_tax_invoices_are_numbered_without_a_gap_and_belong_to_one_payment_each(timeline, method):
    answer = simulate(a_scenario(*timeline, until="2024-07-15", payment_method=method, projects=["shop", "lab"]))
    numbers = [one["number"] for one in answer["tax_invoices"]]
    assert numbers == [f"TI-2024-{count:06d}" for count in range(1, len(numbers) + 1)]
    named = [row["tax_invoice"] for invoice in answer["invoices"] for row in invoice["payments"] if row["tax_invoice"]]
    assert sorted(named) == numbers
    closed = [one["number"] for one in answer["invoices"]]
    assert closed == [f"CI-2024-{count:06d}" for count in range(1, len(closed) + 1)]


STEPS = st.lists(
    st.sampled_from(
        [
            usage("2024-02-05", "100.00"),
            usage("2024-03-01", "10.00"),
            daily_usage("2024-01-20", "2024-03-10", "3.33"),
            elastic("2024-03-01", elastic_unit_price="0.915"),
            step("2024-02-05", "set_tax_id", tax_id="DE136695976"),
            step("2024-02-05", "set_address", address=an_address("FR", "Paris")),
            step("2024-03-01", "set_payment_method", method="card_ok"),
            step("2024-03-01", "retry_payments"),
        ]
    ),
    min_size=1,
    unique_by=str,
)


@settings(max_examples=25)
@given(STEPS, st.randoms(), st.sampled_from([None, "card_declines", "paypal_ok"]))
def test_the_order_of_the_steps_in_a_file_does_not_matter(steps, random, method):
    shuffled = random.sample(steps, len(steps))
    one, other = (
        simulate(a_scenario(*order, until="2024-05-01", payment_method=method, address=an_address("DE", "Berlin")))
        for order in (steps, shuffled)
    )
    assert one == other
