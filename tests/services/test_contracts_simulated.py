"""The worked examples of commitments and credits, played through the real services (atlas 4, 5, 6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.domain.errors import Malformed
from tests.scenarios import a_scenario, contract, daily_usage, elastic, events, grant, simulate, usage

ELASTIC_PRICES = {"unit_price": "0.915", "elastic_unit_price": "1.00"}


def months(amounts, first="2024-01"):
    """Usage of each month, on its last day but one of the shortest."""
    year, month = (int(part) for part in first.split("-"))
    for index, amount in enumerate(amounts):
        years, of_year = divmod(month - 1 + index, 12)
        yield usage(f"{year + years}-{of_year + 1:02d}-28", f"{Decimal(amount):.2f}")


def billed(answer, method):
    """What each month billed by the method; nothing where it has no such row."""
    return [
        next((Decimal(row["billed"]) for row in one["payments"] if row["method"] == method), Decimal())
        for one in answer["invoices"]
    ]


def of_months(*amounts):
    return [Decimal(amount) for amount in amounts]


def year_of(kind, amounts, *, until="2025-01-01", **changes):
    return simulate(a_scenario(contract("2024-01-01", kind, "12000.00", **changes), *months(amounts), until=until))


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param([800] * 11 + [900], [800] * 11 + [3200], id="F1"),
        pytest.param([0] * 12, [0] * 11 + [12000], id="F3"),
        pytest.param([1000] * 12, [1000] * 12, id="F5"),
    ],
)
def test_flex_bills_what_is_used_and_the_rest_at_the_end(amounts, expected):
    assert billed(year_of("flex_commitment", amounts), "flex_commitment") == of_months(*expected)


def test_flex_beyond_the_pool_is_elastic():
    """F2."""
    answer = year_of("flex_commitment", [1100] * 10 + [1500, 700], elastic=True)
    assert billed(answer, "flex_commitment") == of_months(*[1100] * 10, 1000, 0)
    assert billed(answer, "elastic") == of_months(*[0] * 10, 500, 700)


def test_flex_of_partial_months():
    """F4: the last period is 2025-03-01 to 03-14; nothing is prorated."""
    answer = simulate(
        a_scenario(
            contract("2024-03-15", "flex_commitment", "12000.00"),
            *months([300] + [950] * 11, first="2024-03"),
            usage("2025-03-10", "250.00"),
            until="2025-04-01",
        )
    )
    assert billed(answer, "flex_commitment") == of_months(300, *[950] * 11, 1250)
    last = answer["invoices"][-1]["payments"][0]["explain"]
    assert last == {"left_to_use": "1250.00", "usage": "250.00", "drawn": "250.00", "shortfall": "1000.00"}


MC1 = [600, 1300, 1500, 1000, 0, 900, 1100, *[1000] * 5]
MC2 = [*[1500] * 6, 1800, 2000, 900, 0, 500, 100]


def test_a_monthly_commitment_bills_the_greater_and_lends_what_is_left():
    """MC1, with the card of 7.6 for month 3."""
    answer = year_of("monthly_commitment", MC1)
    assert billed(answer, "monthly_commitment") == of_months(1000, 1000, 1400, *[1000] * 8, 600)
    assert answer["invoices"][2]["payments"][0]["explain"] == {
        "commitment": "1000.00",
        "usage": "1500.00",
        "overage": "500.00",
        "unused_credits_applied": "100.00",
        "charged": "1400.00",
        "unused_credits_carried": "0.00",
        "left_to_bill": "8600.00",
        "left_to_use": "8600.00",
    }
    assert answer["credits"][0]["state"] == "expired"


def test_a_monthly_commitment_that_is_used_up_goes_elastic_in_mid_month():
    """MC2 and T2: two tax invoices with prices of their own in the month of transition."""
    answer = year_of("monthly_commitment", MC2, elastic=True, **ELASTIC_PRICES)
    assert billed(answer, "monthly_commitment") == of_months(*[1500] * 6, 1800, 1200, *[0] * 4)
    assert billed(answer, "elastic") == of_months(*[0] * 7, 800, 900, 0, 500, 100)
    august = answer["invoices"][7]
    assert [(row["net"], bool(row["tax_invoice"])) for row in august["payments"]] == [
        ("1098.00", True),
        ("800.00", True),
    ]
    assert answer["invoices"][9]["payments"] == []
    turns = [(one["on"], one["type"]) for one in answer["events"] if one["type"].startswith("ACTIVE_INVOICING")]
    assert turns == [
        ("2024-08-28", "ACTIVE_INVOICING_PERIOD_INITIATED"),
        ("2025-01-01", "ACTIVE_INVOICING_PERIOD_STOPPED"),
    ]


def test_elastic_billing_is_over_once_google_bills_what_it_billed():
    """4.5: another elastic contract still covers the day, but usage goes to the contract that ends before it."""
    answer = simulate(
        a_scenario(
            elastic("2024-01-01", months=1),
            elastic("2024-01-01"),
            contract("2024-01-01", "gcp_monthly_commitment", "2.00", 13),
            daily_usage("2024-01-01", "2024-02-10", "24.00"),
            until="2024-03-01",
        )
    )
    assert events(answer, "ACTIVE_INVOICING_PERIOD_INITIATED", "ACTIVE_INVOICING_PERIOD_STOPPED") == [
        ("2024-01-01", "ACTIVE_INVOICING_PERIOD_INITIATED"),
        ("2024-02-01", "ACTIVE_INVOICING_PERIOD_STOPPED"),
    ]


def test_partial_months_are_prorated_and_the_last_takes_what_is_left():
    """MC3."""
    answer = simulate(
        a_scenario(
            contract("2024-03-15", "monthly_commitment", "12000.00"),
            *months([400] + [1000] * 11, first="2024-03"),
            usage("2025-03-10", "600.00"),
            until="2025-04-01",
        )
    )
    assert billed(answer, "monthly_commitment") == of_months("548.39", *[1000] * 11, "451.61")


def test_a_bank_is_used_before_anything_is_elastic():
    """MC4: a month that the bank covers keeps its row, without a tax invoice (AMB-9)."""
    answer = year_of("monthly_commitment", [5000, *[100] * 8, 5000, 1800, 100], elastic=True)
    assert billed(answer, "monthly_commitment") == of_months(5000, *[1000] * 7, 0, 0, 0, 0)
    assert billed(answer, "elastic") == of_months(*[0] * 10, 600, 100)
    november = answer["invoices"][10]["payments"]
    assert [(row["method"], row["total"], row["tax_invoice"] is None) for row in november] == [
        ("monthly_commitment", "0.00", True),
        ("elastic", "600.00", False),
    ]


def test_used_up_at_a_months_end_there_is_no_month_with_two():
    """MC5."""
    answer = year_of("monthly_commitment", [1200] * 10 + [300, 300], elastic=True)
    assert [len(one["payments"]) for one in answer["invoices"]] == [1] * 12
    assert billed(answer, "elastic") == of_months(*[0] * 10, 300, 300)


def test_without_elastic_the_payment_method_takes_the_rest():
    """MC6."""
    answer = year_of("monthly_commitment", MC2)
    assert billed(answer, "card") == of_months(*[0] * 7, 800, 900, 0, 500, 100)


def test_google_bills_the_share_and_what_goes_beyond():
    """GC6, which has GC1 to GC5 in it: 21,000 in all."""
    usage_of_year = [500, 3000, 2500, 2500, 2000, 1000, 2000, 4000, 0, 0, 1000, 2500]
    answer = year_of("gcp_monthly_commitment", usage_of_year)
    shares, beyond = billed(answer, "gcp_commitment"), billed(answer, "gcp_elastic")
    together = [sum(both) for both in zip(shares, beyond, strict=True)]
    assert together == of_months(*[1000] * 6, 2500, 5000, 1000, 1000, 2000, 3500)
    assert sum(together) == 21000
    assert answer["tax_invoices"] == []


def test_a_marketplace_has_no_tax_invoice():
    """MP1: and no payment method is used."""
    timeline = elastic("2024-01-01", type="marketplace", marketplace="AWS"), usage("2024-01-05", "3210.40")
    (january,) = simulate(a_scenario(*timeline, until="2024-02-01"))["invoices"]
    assert [(row["method"], row["billed"], row["total"]) for row in january["payments"]] == [
        ("marketplace", "3210.40", "0.00")
    ]
    assert (january["usage"], january["status"]) == ("3210.40", "INVOICED")


def test_prepaid_credits_are_invoiced_when_they_are_bought_and_due_no_more():
    """PP1."""
    answer = year_of("prepaid", [2500], until="2024-02-01", unit_price="0.9")
    (january,) = answer["invoices"]
    (row,) = january["payments"]
    assert (january["status"], january["credits"], row["due"]) == ("PREPAID", "2500.00", "0.00")
    assert row["explain"] == {
        "left_before": "12000.00",
        "usage": "2500.00",
        "drawn": "2500.00",
        "left_after": "9500.00",
    }
    (bought,) = answer["tax_invoices"]
    assert (bought["period"], bought["for"], bought["net"], bought["due"]) == (None, "prepayment", "10800.00", "0.00")


def test_beyond_prepaid_credits_elastic_or_the_card_pays():
    """PP2, PP3."""
    for is_elastic, method in ((True, "elastic"), (False, "card")):
        timeline = contract("2024-01-01", "prepaid", "700.00", elastic=is_elastic), usage("2024-01-05", "2500.00")
        (january,) = simulate(a_scenario(*timeline, until="2024-02-01"))["invoices"]
        assert [(row["method"], row["billed"]) for row in january["payments"]] == [
            ("prepaid", "700.00"),
            (method, "1800.00"),
        ]


def test_rows_are_drawn_from_the_top():
    """D1."""
    timeline = (
        grant("2024-01-01", amount="100.00", ends="2024-03-31"),
        contract("2024-01-01", "prepaid", "500.00", elastic=True),
        usage("2024-01-10", "650.00"),
    )
    (january,) = simulate(a_scenario(*timeline, until="2024-02-01"))["invoices"]
    assert [(row["method"], row["billed"]) for row in january["payments"]] == [
        ("promotional", "100.00"),
        ("prepaid", "500.00"),
        ("elastic", "50.00"),
    ]
    assert january["credits"] == "600.00"


def test_between_two_rows_elastic_begins_and_stops():
    """D5."""
    timeline = (
        elastic("2024-04-01", months=12),
        grant("2024-04-01", kind="prepaid", amount="200.00", starts="2024-04-01", ends="2024-12-31"),
        grant("2024-04-01", kind="prepaid", amount="1000.00", starts="2024-04-16", ends="2025-12-31"),
        daily_usage("2024-04-01", "2024-04-30", "20.00"),
    )
    answer = simulate(a_scenario(*timeline, until="2024-05-01"))
    (april,) = answer["invoices"]
    assert [(row["method"], row["billed"]) for row in april["payments"]] == [
        ("prepaid", "500.00"),
        ("elastic", "100.00"),
    ]
    turns = [one["on"] for one in answer["events"] if one["type"].startswith("ACTIVE_INVOICING")]
    assert turns == ["2024-04-11", "2024-04-16"]


def test_rows_above_a_commitment_lower_what_reaches_it():
    """D6."""
    timeline = (
        contract("2024-01-01", "monthly_commitment", "12000.00"),
        grant("2024-01-01", amount="300.00", priority=1),
        usage("2024-01-10", "1200.00"),
    )
    (january,) = simulate(a_scenario(*timeline, until="2024-02-01"))["invoices"]
    assert [(row["method"], row["usage"], row["billed"]) for row in january["payments"]] == [
        ("promotional", "300.00", "300.00"),
        ("monthly_commitment", "900.00", "1000.00"),
    ]


def test_what_expires_is_lost():
    """D4, PP4, X4: 100 of A go unused on the 10th."""
    timeline = (
        grant("2024-04-01", kind="prepaid", amount="200.00", starts="2024-04-01", ends="2024-04-10"),
        grant("2024-04-01", kind="prepaid", amount="900.00", starts="2024-04-01", ends="2024-12-31"),
        daily_usage("2024-04-01", "2024-04-30", "10.00"),
    )
    answer = simulate(a_scenario(*timeline, until="2024-05-01"))
    assert [(one["state"], one["remaining"]) for one in answer["credits"]] == [
        ("active", "700.00"),
        ("expired", "100.00"),
    ]


def test_two_monthly_commitments_do_not_overlap():
    first = contract("2024-01-01", "monthly_commitment", "12000.00")
    second = contract("2024-12-31", "monthly_commitment", "12000.00")
    with pytest.raises(Malformed, match=r"timeline\[1\]: Two monthly commitments cannot overlap"):
        simulate(a_scenario(first, second, until="2025-02-01"))


def test_a_support_plan_ends_with_its_contract():
    """M10."""
    sold = contract("2024-01-01", "flex_commitment", "100.00", months=1, support_plan="pro")
    for until, plan in (("2024-01-31", "pro"), ("2024-02-01", "basic")):
        assert simulate(a_scenario(sold, until=until))["organization"]["support_plan"] == plan
