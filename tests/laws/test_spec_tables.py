"""The model against the worked tables of the specification, by their ids: who checks others is checked first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.laws.answer import expected
from tests.laws.terms import months_later, shares
from tests.scenarios import a_scenario, an_address, daily_usage, elastic, step, usage

Json = dict[str, Any]


def sold(on: str, kind: str, commitment: str | None = None, months: int | None = None, **changes: Any) -> Json:
    """A contract as the file has it."""
    terms = {"type": kind, "commitment": commitment, "months": months} | changes
    return step(on, "activate_subscription", **{name: value for name, value in terms.items() if value is not None})


def granted(kind: str, amount: str, starts: str, ends: str, **changes: Any) -> Json:
    """A credit, granted at the beginning of 2024."""
    return step("2024-01-01", "grant_credit", kind=kind, amount=amount, starts=starts, ends=ends, **changes)


def months_of(start: str, used: list[int]) -> list[Json]:
    """So much usage in each month, in the first on the day of the start, in the others on the tenth."""
    first = date.fromisoformat(start)
    return [
        usage(
            str(months_later(first.replace(day=1), number).replace(day=first.day if number == 0 else 10)),
            f"{amount}.00",
        )
        for number, amount in enumerate(used)
    ]


def until(start: str, count: int) -> str:
    return str(months_later(date.fromisoformat(start).replace(day=1), count))


def billed(contract: Json, used: list[int], **changes: Any) -> list[Json]:
    """By month, what each method is billed, in cents."""
    start = contract["on"]
    scenario = a_scenario(contract, *months_of(start, used), until=until(start, len(used)), **changes)
    return [
        {row["method"]: row["billed"] for row in month["payments"] if row["billed"]}
        for month in expected(scenario)["invoices"]
    ]


def dollars(*amounts: float | str) -> list[int]:
    return [round(float(amount) * 100) for amount in amounts]


def of(months: list[Json], method: str) -> list[int]:
    return [month.get(method, 0) for month in months]


def rows(*steps: Json, until: str, **changes: Any) -> list[dict[str, int]]:
    """By month, what each method was used for, in cents."""
    answer = expected(a_scenario(*steps, until=until, **changes))
    return [{row["method"]: row["usage"] for row in month["payments"]} for month in answer["invoices"]]


@pytest.mark.parametrize(
    ("commitment", "start", "months", "parts"),
    [
        (12000, "2024-01-01", 12, [1000] * 12),
        (10000, "2024-01-01", 12, [833.33] * 11 + [833.37]),
        (12000, "2024-03-15", 12, [548.39] + [1000] * 11 + [451.61]),
        (6000, "2024-02-15", 6, [517.24] + [1000] * 5 + [482.76]),
    ],
)
def test_the_prorated_shares_of_4_1(commitment, start, months, parts):
    assert list(shares(commitment * 100, date.fromisoformat(start), months).values()) == dollars(*parts)


def test_a_term_that_ends_where_no_such_day_is_ends_with_the_month():
    assert months_later(date(2024, 8, 31), 6) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("used", "bills"),
    [
        ([800] * 11 + [900], [800] * 11 + [3200]),  # F1
        ([0] * 12, [0] * 11 + [12000]),  # F3
        ([1000] * 12, [1000] * 12),  # F5
    ],
)
def test_f_flex_commitments(used, bills):
    assert of(billed(sold("2024-01-01", "flex_commitment", "12000.00", 12), used), "flex_commitment") == dollars(*bills)


def test_f2_beyond_the_pool_is_elastic():
    months = billed(sold("2024-01-01", "flex_commitment", "12000.00", 12, elastic=True), [1100] * 10 + [1500, 700])
    assert of(months, "flex_commitment") == dollars(*[1100] * 10, 1000, 0)
    assert of(months, "elastic") == dollars(*[0] * 10, 500, 700)


def test_f4_the_last_of_thirteen_periods_has_the_shortfall():
    months = billed(sold("2024-03-15", "flex_commitment", "12000.00", 12), [300] + [950] * 11 + [250])
    assert of(months, "flex_commitment") == dollars(300, *[950] * 11, 1250)


MC2 = [1500] * 6 + [1800, 2000, 900, 0, 500, 100]
FRONT = [5000] + [100] * 8 + [5000, 1800, 100]


@pytest.mark.parametrize(
    ("start", "used", "commitment", "beyond"),
    [
        ("2024-01-01", [600, 1300, 1500, 1000, 0, 900, 1100] + [1000] * 5,
         [1000, 1000, 1400, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 600], [0] * 12),  # MC1
        ("2024-01-01", MC2, [1500] * 6 + [1800, 1200, 0, 0, 0, 0], [0] * 7 + [800, 900, 0, 500, 100]),  # MC2
        ("2024-03-15", [400] + [1000] * 11 + [600], [548.39] + [1000] * 11 + [451.61], [0] * 13),  # MC3
        ("2024-01-01", FRONT, [5000] + [1000] * 7 + [0] * 4, [0] * 10 + [600, 100]),  # MC4
        ("2024-01-01", [1200] * 10 + [300, 300], [1200] * 10 + [0, 0], [0] * 10 + [300, 300]),  # MC5
    ],
)  # fmt: skip
def test_mc_monthly_commitments(start, used, commitment, beyond):
    months = billed(sold(start, "monthly_commitment", "12000.00", 12, elastic=True), used)
    assert of(months, "monthly_commitment") == dollars(*commitment)
    assert of(months, "elastic") == dollars(*beyond)


@pytest.mark.parametrize(("method", "name"), [("card_ok", "card"), (None, "unpaid")])
def test_mc6_without_elastic_the_rest_goes_to_the_payment_method(method, name):
    months = billed(sold("2024-01-01", "monthly_commitment", "12000.00", 12), MC2, payment_method=method)
    assert months[7] == {"monthly_commitment": 120000, name: 80000}


def test_the_example_of_7_6():
    contract = sold("2024-01-01", "monthly_commitment", "12000.00", 12)
    answer = expected(a_scenario(contract, *months_of("2024-01-01", [600, 1300, 1500]), until="2024-04-01"))
    assert answer["invoices"][2]["payments"][0]["figures"] == {
        "commitment": 100000, "usage": 150000, "overage": 50000, "unused_credits_applied": 10000, "charged": 140000,
        "unused_credits_carried": 0, "left_to_bill": 860000, "left_to_use": 860000,
    }  # fmt: skip


def test_t1_and_t2_a_transition_has_two_tax_invoices_each_at_its_own_price():
    contract = sold(
        "2024-01-01", "monthly_commitment", "1200.00", 12, elastic=True, unit_price="0.915", elastic_unit_price="1.00"
    )
    spent = daily_usage("2024-01-01", "2024-01-25", "80.00")
    answer = expected(a_scenario(contract, spent, until="2024-02-01", currency="EUR"))
    assert answer["tax_invoices"] == [
        ["2024-01", "EUR", 109800, 0, 109800, 109800], ["2024-01", "EUR", 80000, 0, 80000, 80000],
    ]  # fmt: skip
    assert answer["turns"] == ["2024-01-16 initiated"]


def test_t3_a_pool_used_up_on_the_last_day_turns_elastic_with_the_next_usage():
    contract = sold("2024-01-01", "monthly_commitment", "1200.00", 12, elastic=True)
    answer = expected(
        a_scenario(contract, usage("2024-01-31", "1200.00"), usage("2024-02-05", "1.00"), until="2024-03-01")
    )
    assert answer["turns"] == ["2024-02-05 initiated"]


def test_pp_prepaid():
    contract = sold("2024-01-01", "prepaid", "10000.00", 12)
    assert rows(contract, usage("2024-01-10", "2500.00"), until="2024-02-01") == [{"prepaid": 250000}]  # PP1
    small = sold("2024-01-01", "prepaid", "700.00", 12, elastic=True)
    assert rows(small, usage("2024-01-10", "2500.00"), until="2024-02-01") == [
        {"prepaid": 70000, "elastic": 180000}
    ]  # PP2
    bare = small | {"elastic": False}
    assert rows(bare, usage("2024-01-10", "2500.00"), until="2024-02-01") == [{"prepaid": 70000, "card": 180000}]  # PP3


def test_mp1_the_marketplace_bears_no_money_here():
    contract = sold("2024-01-01", "marketplace", marketplace="AWS")
    answer = expected(a_scenario(contract, usage("2024-01-10", "3210.40"), until="2024-02-01"))
    (row,) = answer["invoices"][0]["payments"]
    assert (row["method"], row["billed"], row["total"]) == ("marketplace", 321040, 0)
    assert answer["tax_invoices"] == []


def test_gc6_the_full_term_of_gcp():
    used = [500, 3000, 2500, 2500, 2000, 1000, 2000, 4000, 0, 0, 1000, 2500]
    months = billed(sold("2024-01-01", "gcp_monthly_commitment", "12000.00", 12), used)
    bills = [sum(month.values()) for month in months]
    assert bills == dollars(*[1000] * 6, 2500, 5000, 1000, 1000, 2000, 3500)
    assert sum(bills) == 2100000


def test_d1_promotional_then_prepaid_then_elastic():
    steps = [
        granted("promotional", "100.00", "2024-01-01", "2024-12-31", priority=1),
        granted("prepaid", "500.00", "2024-01-01", "2024-12-31"), elastic("2024-01-01"),
        usage("2024-01-10", "650.00"),
    ]  # fmt: skip
    assert rows(*steps, until="2024-02-01") == [{"promotional": 10000, "prepaid": 50000, "elastic": 5000}]


D2 = [
    granted("prepaid", "200.00", "2024-01-01", "2024-12-31"), granted("prepaid", "1000.00", "2024-04-16", "2025-12-31"),
    daily_usage("2024-04-01", "2024-04-30", "20.00"),
]  # fmt: skip


def test_d2_a_row_that_begins_in_mid_month_leaves_a_gap_for_the_card():
    assert rows(*D2, until="2024-05-01")[3] == {"prepaid": 50000, "card": 10000}


def test_d5_the_gap_is_elastic_where_elastic_is_enabled():
    answer = expected(a_scenario(*D2, elastic("2024-01-01"), until="2024-05-01"))
    assert answer["turns"] == ["2024-04-11 initiated", "2024-04-16 stopped"]


def test_d3_and_d4_a_day_is_split_and_an_ended_row_is_lost():
    steps = [
        granted("prepaid", "30.00", "2024-01-01", "2024-06-30"),
        granted("promotional", "400.00", "2024-01-01", "2024-12-31"),
    ]
    assert rows(*steps, usage("2024-01-10", "50.00"), until="2024-02-01") == [{"prepaid": 3000, "promotional": 2000}]
    steps = [
        granted("prepaid", "200.00", "2024-01-01", "2024-01-10"),
        granted("promotional", "900.00", "2024-01-01", "2024-12-31"),
    ]
    spent = daily_usage("2024-01-01", "2024-01-30", "10.00")
    assert rows(*steps, spent, until="2024-02-01") == [{"prepaid": 10000, "promotional": 20000}]


def test_d6_rows_above_a_commitment_lower_the_usage_that_reaches_it():
    contract = sold("2024-01-01", "monthly_commitment", "12000.00", 12)
    promo = granted("promotional", "300.00", "2024-01-01", "2024-12-31", priority=1)
    answer = expected(a_scenario(contract, promo, usage("2024-01-10", "1200.00"), until="2024-02-01"))
    assert [(row["method"], row["usage"], row["billed"]) for row in answer["invoices"][0]["payments"]] == [
        ("monthly_commitment", 90000, 100000), ("promotional", 30000, 30000),
    ]  # fmt: skip


def test_x1_and_x2_after_the_end_the_payment_method_pays_or_nobody():
    contract = sold("2024-01-01", "flex_commitment", "6000.00", 6)
    before, spent = usage("2024-01-10", "6000.00"), usage("2024-07-05", "310.00")
    assert rows(contract, before, spent, until="2024-08-01")[6] == {"card": 31000}
    following = sold("2024-07-10", "flex_commitment", "6000.00", 6)
    assert rows(contract, before, spent, following, until="2024-08-01", payment_method=None)[6] == {"unpaid": 31000}


@pytest.mark.parametrize(
    ("applied", "method", "march", "april"),
    [
        ("2024-04-08", "card_ok", [("card", 22000, "CANCELLED")], {"elastic": 42000}),  # A1
        ("2024-04-09", "card_ok", [("card", 22000, "PAID")], {"elastic": 12000, "card": 8000}),  # A2
        ("2024-04-09", None, [("unpaid", 22000, "NEW")], {"elastic": 12000, "unpaid": 8000}),  # A5
    ],
)
def test_a_codes_in_and_after_the_first_30_days(applied, method, march, april):
    spent = daily_usage("2024-03-10", "2024-04-20", "10.00")
    answer = expected(a_scenario(elastic(applied), spent, until="2024-05-01", payment_method=method))
    first, second = answer["invoices"]
    assert [(row["method"], row["usage"], row["status"]) for row in first["payments"]] == march
    assert {row["method"]: row["usage"] for row in second["payments"]} == april


@pytest.mark.parametrize(
    ("place", "tax_id", "net", "taxes"),
    [
        (("IE", "Dublin"), "IE6433435F", "1234.56", [28395]),  # TX1
        (("DE", "Berlin"), None, "1234.56", [23457]),  # TX2
        (("DE", "Berlin"), "DE136695976", "1234.56", []),  # TX3
        (("CA", "British Columbia"), None, "2500.00", [12500, 17500]),  # TX6
        (("CA", "Quebec"), "123026635RT0001", "2500.00", [24938]),  # TX8
        (("CH", "Bern"), "CHE107787577IVA", "1000.00", [8100]),  # TX10
        (("US", "Ohio"), None, "1000.00", []),  # TX12
    ],
)
def test_tx_taxes(place, tax_id, net, taxes):
    scenario = a_scenario(
        elastic("2024-01-01"), usage("2024-01-10", net), until="2024-02-01", address=an_address(*place), tax_id=tax_id
    )
    (row,) = expected(scenario)["invoices"][0]["payments"]
    assert [amount for _, _, amount in row["taxes"]] == taxes
