"""Support plans and their charges, played through the real services (atlas 2.3 to 2.5, aiven 2.1, neon 5.5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.domain.errors import Malformed
from tests.scenarios import a_scenario, contract, elastic, events, grant, invoice, simulate, step, usage


def choose(on, action, plan=None):
    return step(on, "support_plan", action=action, **({"plan": plan} if plan else {}))


def support_by_month(answer, group=None):
    """What the lines of support come to, by month; months without any are left out."""
    sums = {}
    for one in answer["invoices"]:
        if one["billing_group"] == group:
            lines = [Decimal(line["amount"]) for line in one["lines"] if line["service"] == "Support"]
            if lines:
                sums[one["period"]] = str(sum(lines))
    return sums


def paid(answer, period, method, group=None):
    """The payment of the month by the method."""
    (found,) = (one for one in answer["invoices"] if one["period"] == period and one["billing_group"] == group)
    return next(row for row in found["payments"] if row["method"] == method)


def test_a_trial_turns_into_a_plan_on_day_31():
    """M1, M2: 18 of the 30 days of June, then 60.00 a month."""
    answer = simulate(a_scenario(choose("2024-05-14", "start_trial", "developer"), until="2024-08-01"))
    assert support_by_month(answer) == {"2024-06": "36.00", "2024-07": "60.00"}
    assert answer["organization"]["support_plan"] == "developer"
    june = invoice(answer, "2024-06")
    assert june["lines"] == [{"project": None, "service": "Support", "amount": "36.00"}]
    assert (june["usage"], june["subtotal"]) == ("0.00", "36.00")
    row = paid(answer, "2024-06", "card")
    assert row["explain"] == {"usage": "0.00", "covered_elsewhere": "0.00", "support": "36.00", "charged": "36.00"}


@pytest.mark.parametrize(
    ("steps", "charges"),
    [
        pytest.param([("2024-05-14", "start_trial", "developer"), ("2024-06-12", "cancel")], {}, id="M3"),
        pytest.param(
            [("2024-05-14", "start_trial", "developer"), ("2024-06-13", "cancel")], {"2024-06": "36.00"}, id="M6"
        ),
        pytest.param(
            [("2024-01-10", "change", "developer"), ("2024-04-10", "cancel")],
            {"2024-02": "60.00", "2024-03": "60.00", "2024-04": "60.00"},
            id="M4-M6",
        ),
        pytest.param([("2024-05-14", "change", "developer"), ("2024-05-20", "cancel")], {}, id="M7b"),
        pytest.param(
            [("2024-05-14", "change", "developer"), ("2024-06-10", "cancel"), ("2024-06-20", "change", "developer")],
            {"2024-06": "60.00", "2024-07": "60.00"},
            id="M7",
        ),
    ],
)
def test_what_is_billed_of_a_plan(steps, charges):
    answer = simulate(a_scenario(*(choose(*one) for one in steps), until="2024-08-01"))
    assert support_by_month(answer) == charges


def test_a_percentage_has_a_minimum_that_the_payment_method_bears():
    """2.4: charges of 600.00 and a shortfall of 199.00, which is in no line."""
    answer = simulate(
        a_scenario(choose("2024-01-10", "change", "pro"), usage("2024-02-10", "6000.00"), until="2024-03-20")
    )
    assert support_by_month(answer) == {"2024-02": "600.00"}
    row = paid(answer, "2024-02", "card")
    assert row["explain"] == {
        "usage": "6000.00", "covered_elsewhere": "0.00", "support": "600.00", "shortfall": "199.00",
        "charged": "6799.00",
    }  # fmt: skip
    assert (row["usage"], row["billed"], invoice(answer, "2024-02")["subtotal"]) == ("6600.00", "6799.00", "6600.00")
    assert answer["tax_invoices"][0]["net"] == "6799.00"


def test_a_month_without_usage_is_all_minimum():
    answer = simulate(a_scenario(choose("2024-01-10", "change", "pro"), until="2024-03-01", payment_method=None))
    row = paid(answer, "2024-02", "unpaid")
    assert (row["usage"], row["billed"], row["explain"]["shortfall"]) == ("0.00", "799.00", "799.00")


TO_THREE = [
    usage("2024-02-10", "5000.00", provider="AWS"),
    usage("2024-02-11", "3000.00", provider="GCP"),
    usage("2024-02-12", "2000.00", provider="AZURE"),
]


def a_marketplace(on, **changes):
    return step(on, "activate_subscription", type="marketplace", marketplace="AWS", **changes)


def test_the_marketplace_takes_the_support_of_its_provider():
    """MP2: 500 to AWS, 300 and 200 to the card."""
    answer = simulate(
        a_scenario(a_marketplace("2024-01-01"), choose("2024-01-10", "change", "pro"), *TO_THREE, until="2024-03-01")
    )
    market, card = paid(answer, "2024-02", "marketplace"), paid(answer, "2024-02", "card")
    assert (market["billed"], card["billed"]) == ("10500.00", "500.00")
    assert card["explain"] == {
        "usage": "10000.00", "covered_elsewhere": "10000.00", "support": "500.00", "charged": "500.00",
    }  # fmt: skip


def test_the_shortfall_goes_to_the_card_beside_a_marketplace():
    """MP3 with 799.00: support of 500.00, of which AWS takes 250.00."""
    half = [one | {"amount": f"{Decimal(one['amount']) / 2:.2f}"} for one in TO_THREE]
    answer = simulate(
        a_scenario(a_marketplace("2024-01-01"), choose("2024-01-10", "change", "pro"), *half, until="2024-03-01")
    )
    card = paid(answer, "2024-02", "card")
    assert (card["billed"], card["explain"]["support"], card["explain"]["shortfall"]) == ("549.00", "250.00", "299.00")
    assert paid(answer, "2024-02", "marketplace")["billed"] == "5250.00"


def test_support_is_settled_like_usage_of_the_last_covered_day():
    """Credits and commitments take it, after the usage of the day."""
    answer = simulate(
        a_scenario(
            choose("2024-01-10", "change", "developer"),
            grant("2024-01-10", amount="100.00"),
            usage("2024-02-10", "70.00"),
            until="2024-03-01",
        )
    )
    assert paid(answer, "2024-02", "promotional")["billed"] == "100.00"
    row = paid(answer, "2024-02", "card")
    assert (row["billed"], row["explain"]["covered_elsewhere"], row["explain"]["support"]) == (
        "30.00",
        "70.00",
        "30.00",
    )
    assert invoice(answer, "2024-02")["credits"] == "100.00"


def test_a_commitment_takes_support_too():
    answer = simulate(
        a_scenario(
            contract("2024-01-01", "monthly_commitment", "12000.00", support_plan="developer"),
            usage("2024-01-10", "600.00"),
            until="2024-02-01",
        )
    )
    row = paid(answer, "2024-01", "monthly_commitment")
    assert (row["usage"], row["billed"], row["explain"]["usage"]) == ("660.00", "1000.00", "660.00")


def test_a_contracts_plan_is_billed_for_its_days():
    """M10: 17 of 31 days of March, and 14 of the 31 of May; then Basic, for nothing."""
    answer = simulate(a_scenario(elastic("2024-03-15", months=2, support_plan="developer"), until="2024-07-01"))
    assert support_by_month(answer) == {"2024-03": "32.90", "2024-04": "60.00", "2024-05": "27.10"}
    assert paid(answer, "2024-05", "elastic")["billed"] == "27.10"
    assert answer["organization"]["support_plan"] == "basic"


@pytest.mark.parametrize(
    ("steps", "charges"),
    [
        pytest.param(
            [("2024-02-10", "change", "developer"), ("2024-03-10", "cancel"), ("2024-05-20", "change", "developer")],
            {"2024-03": "60.00", "2024-05": "120.00", "2024-06": "60.00"},
            id="R1",
        ),
        pytest.param(
            [("2024-02-10", "change", "developer"), ("2024-03-10", "cancel"), ("2024-05-20", "change", "pro")],
            {"2024-03": "60.00"},
            id="R5",
        ),
        pytest.param(
            [
                ("2024-05-14", "start_trial", "developer"),
                ("2024-05-20", "cancel"),
                ("2024-06-05", "change", "developer"),
            ],
            {"2024-06": "81.29"},
            id="R7",
        ),
    ],
)
def test_who_comes_back_pays_for_the_days_between(steps, charges):
    """M11: the gap of R1 is 60.00 and 36.77, of R7 21.29 and 8.00."""
    answer = simulate(a_scenario(*(choose(*one) for one in steps), until="2024-07-01"))
    assert support_by_month(answer) == charges


def test_exempt_from_the_gap_the_rest_of_the_month_is_billed():
    """R5: at least 12 of 31 days of 799.00, and 10 per cent of what was used on them."""
    answer = simulate(
        a_scenario(
            choose("2024-02-10", "change", "developer"),
            choose("2024-03-10", "cancel"),
            choose("2024-05-20", "change", "pro"),
            usage("2024-05-19", "9000.00"),
            usage("2024-05-20", "1000.00"),
            until="2024-06-01",
        )
    )
    assert support_by_month(answer)["2024-05"] == "100.00"
    assert paid(answer, "2024-05", "card")["explain"]["shortfall"] == "209.29"


def test_the_gap_of_a_percentage_takes_the_usage_of_its_days():
    """March is closed and billed with April: 10 per cent of 10,000.00, and the rest of April's minimum."""
    answer = simulate(
        a_scenario(
            choose("2024-01-10", "change", "pro"),
            choose("2024-02-10", "cancel"),
            usage("2024-03-10", "10000.00"),
            choose("2024-04-07", "change", "pro"),
            usage("2024-04-10", "1000.00"),
            until="2024-05-01",
        )
    )
    assert support_by_month(answer) == {"2024-04": "1100.00"}
    assert paid(answer, "2024-04", "card")["explain"]["shortfall"] == "699.00"


def test_the_feed_tells_of_plans():
    answer = simulate(
        a_scenario(
            choose("2024-01-31", "change", "developer"),
            choose("2024-02-10", "change", "pro"),
            choose("2024-03-10", "cancel"),
            until="2024-04-10",
        )
    )
    told = (
        "SUPPORT_PLAN_ACTIVATED",
        "SUPPORT_PLAN_UPDATED",
        "SUPPORT_PLAN_CANCELLATION_SCHEDULED",
        "SUPPORT_PLAN_CANCELLED",
    )
    assert events(answer, *told) == list(
        zip(("2024-01-31", "2024-02-10", "2024-03-10", "2024-04-01"), told, strict=True)
    )
    assert answer["organization"]["support_plan"] == "basic"


def test_staff_take_the_steps_that_customers_do_not():
    answer = simulate(a_scenario(choose("2024-01-31", "change", "enterprise"), until="2024-03-01"))
    assert (answer["organization"]["support_plan"], support_by_month(answer)) == ("enterprise", {})


@pytest.mark.parametrize(
    ("steps", "place", "words"),
    [
        ([choose("2024-01-31", "cancel")], "timeline[0]", "costs nothing"),
        ([choose("2024-01-31", "change", "platinum")], "timeline[0]", "no support plan"),
        ([choose("2024-01-31", "start_trial", "pro")], "timeline[0]", "no free trial"),
        ([step("2024-01-31", "support_plan", action="pause")], "timeline[0].action", "one of"),
        ([step("2024-01-31", "pricing_plan", plan="scale")], "timeline[0]", "no pricing plans"),
        (
            [tier := step("2024-01-31", "support_tier", tier="pro", start_month="2024-01")],
            "timeline[0]",
            "not asked for",
        ),
        ([tier | {"start_month": "January"}], "timeline[0].start_month", "is not a month"),
        ([step("2024-01-31", "assign_billing_group", project="shop", billing_group="A")], "timeline[0]", "no billing"),
        ([step("2024-01-31", "assign_billing_group", project="x", billing_group="A")], "timeline[0].project", "one of"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(steps, place, words):
    with pytest.raises(Malformed, match=words) as refused:
        simulate(a_scenario(*steps, until="2024-03-01"))
    assert refused.value.place == place


def of_aiven(*timeline, until, **changes):
    return simulate(a_scenario(*timeline, until=until, catalogue="aiven", **changes))


def ask(on, tier, month, group=None):
    return step(on, "support_tier", tier=tier, start_month=month, billing_group=group)


def test_a_tier_is_charged_on_what_was_spent_in_the_whole_month():
    """AV-M1: asked for on the 17th, 540.00; with start in May, nothing for April."""
    spent = [usage("2024-04-10", "6000.00"), usage("2024-04-20", "6000.00"), usage("2024-05-10", "5000.00")]
    answer = of_aiven(*spent, ask("2024-04-17", "priority", "2024-04"), until="2024-06-01")
    assert support_by_month(answer) == {"2024-04": "540.00", "2024-05": "500.00"}
    assert "shortfall" not in paid(answer, "2024-05", "card")["explain"]
    later = of_aiven(*spent, ask("2024-04-17", "priority", "2024-05"), until="2024-06-01")
    assert support_by_month(later) == {"2024-05": "500.00"}


def test_one_billing_group_bears_the_support_of_all():
    """AV-M3, with 19 per cent of a German address: 15,350.75 → 690.78 on BG2."""
    answer = of_aiven(
        step("2024-04-01", "assign_billing_group", project="root", billing_group="BG1"),
        step("2024-04-01", "assign_billing_group", project="a", billing_group="BG1"),
        step("2024-04-01", "assign_billing_group", project="b", billing_group="BG2"),
        ask("2024-04-02", "priority", "2024-04", "BG2"),
        usage("2024-04-10", "3000.00", project="root"),
        usage("2024-04-10", "9500.25", project="a"),
        usage("2024-04-10", "2850.50", project="b"),
        until="2024-05-01",
        projects=["root", "a", "b"],
        address={"country": "DE", "region": "Berlin", "city": "Berlin", "line1": "Weg 1", "postal_code": "10119"},
    )
    assert (support_by_month(answer, "BG1"), support_by_month(answer, "BG2")) == ({}, {"2024-04": "690.78"})
    one, two = paid(answer, "2024-04", "card", "BG1"), paid(answer, "2024-04", "card", "BG2")
    assert (one["net"], two["net"], two["total"]) == ("12500.25", "3541.28", "4214.12")
    assert two["explain"]["support"] == "690.78"


def test_an_empty_group_may_bear_it():
    """V-AMB-14."""
    answer = of_aiven(
        usage("2024-04-01", "100.00"), ask("2024-04-02", "priority", "2024-04", "BG9"), until="2024-05-01"
    )
    assert support_by_month(answer, "BG9") == {"2024-04": "500.00"}


def test_a_higher_tier_replaces_the_one_before():
    """AV-M4."""
    answer = of_aiven(
        usage("2024-01-01", "100.00"),
        ask("2024-01-02", "priority", "2024-01"),
        usage("2024-06-10", "60000.00"),
        ask("2024-06-20", "enterprise", "2024-06"),
        until="2024-07-01",
    )
    assert support_by_month(answer)["2024-06"] == "7200.00"
    assert support_by_month(answer)["2024-05"] == "500.00"


@pytest.mark.parametrize(
    ("until", "plan"),
    [("2024-04-16", None), ("2024-04-17", "basic"), ("2024-04-18", "basic"), ("2024-04-19", "priority")],
)
def test_a_tier_is_active_from_the_second_business_day_after(until, plan):
    """2024-04-17 is a Wednesday; the first usage brings Basic."""
    answer = of_aiven(
        usage("2024-04-17", "1.00"), ask("2024-04-17", "priority", "2024-04"), usage("2024-04-10", "0.00"), until=until
    )
    assert answer["organization"]["support_plan"] == plan


@pytest.mark.parametrize(("region", "active"), [("est", "2024-09-04"), ("cet", "2024-09-03"), ("aest", "2024-09-03")])
def test_business_days_are_counted_where_the_customer_is(region, active):
    """2024-08-30 is a Friday, before Labor Day in the United States."""
    organization = a_scenario(until="2024-09-10")["organization"] | {"region": region}
    steps = [usage("2024-08-01", "1.00"), ask("2024-08-30", "priority", "2024-08")]
    answer = of_aiven(*steps, until="2024-09-10", organization=organization)
    assert events(answer, "SUPPORT_PLAN_ACTIVATED") == [(active, "SUPPORT_PLAN_ACTIVATED")]


def test_a_lower_tier_goes_through_the_account_team():
    """AV-21: staff enter it, for the next month."""
    answer = of_aiven(
        usage("2024-04-01", "100.00"),
        ask("2024-04-02", "business", "2024-04"),
        ask("2024-05-10", "basic", "2024-05"),
        until="2024-07-01",
    )
    assert support_by_month(answer) == {"2024-04": "1500.00", "2024-05": "1500.00"}
    assert answer["organization"]["support_plan"] == "basic"


def test_everybody_moves_who_bills():
    """A payment method of the file is that of all billing groups."""
    answer = of_aiven(
        step("2024-04-01", "assign_billing_group", project="shop", billing_group="BG1"),
        usage("2024-04-10", "10.00"),
        step("2024-04-20", "set_payment_method", method="paypal_ok"),
        until="2024-05-01",
    )
    assert paid(answer, "2024-04", "paypal", "BG1")["billed"] == "10.00"


def test_support_follows_the_pricing_plan():
    """NE-1, NE-46, V-AMB-25."""
    chosen = [
        step("2024-09-02", "pricing_plan", plan="scale"),
        step("2024-09-11", "pricing_plan", plan="enterprise", variant="gold"),
    ]
    for until, plan in (("2024-09-01", "community"), ("2024-09-10", "standard"), ("2024-10-01", "enterprise")):
        answer = simulate(a_scenario(usage("2024-09-01", "1.00"), *chosen, until=until, catalogue="neon"))
        assert answer["organization"]["support_plan"] == plan
    assert [one["period"] for one in answer["invoices"]] == ["2024-09"]


def test_bundled_support_is_not_chosen():
    """NE-40."""
    for plan in ("priority", "enterprise"):
        with pytest.raises(Malformed, match="pricing plan"):
            simulate(a_scenario(choose("2024-09-02", "change", plan), until="2024-10-01", catalogue="neon"))


def test_a_contract_in_the_first_thirty_days_takes_over_support_as_well():
    """A1: the payment that waited is cancelled, and neither its usage nor its support is lost or billed twice."""
    answer = simulate(
        a_scenario(
            choose("2023-12-10", "change", "pro"),
            usage("2024-01-20", "1000.00"),
            elastic("2024-02-10"),
            usage("2024-02-12", "500.00"),
            until="2024-03-01",
        )
    )
    assert paid(answer, "2024-01", "card")["status"] == "CANCELLED"
    # 100.00 and the shortfall of 699.00 of January, and 50.00 of February's own usage.
    assert support_by_month(answer)["2024-02"] == "849.00"
    row = paid(answer, "2024-02", "elastic")
    assert (row["usage"], invoice(answer, "2024-02")["usage"]) == ("2349.00", "1500.00")
    assert paid(answer, "2024-02", "card")["explain"]["shortfall"] == "749.00"
