"""What support plans cost in a month, by the worked examples (atlas 2.4, 2.5; AV-M1 to AV-M5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal import catalogues
from portal.domain import retroactive
from portal.domain.money import USD, Money
from portal.domain.periods import Month
from portal.domain.prices import BasePlusExcess, PercentOfUsage
from portal.domain.retroactive import Gap
from portal.domain.support_charges import Piece, Used, bill, fee_of, pieces_of
from portal.domain.support_choices import Choice, ChoiceKind
from tests.support_days import Customer

ATLAS = catalogues.load("atlas").support_plans
AIVEN = catalogues.load("aiven").support_plans
SIXTY = Money(60_00, USD)


def usd(text: str) -> Money:
    return Money.of(text, USD)


def day(text: str) -> date:
    return date.fromisoformat(text)


def month_of(customer: Customer, month: str, used=None, *, plans=ATLAS):
    """The bill of the month."""
    period = Month.parse(month)
    after = customer.history(known_before=period.ends_before)
    pieces = pieces_of(after, customer.history(known_before=period.first_on), period)
    return bill(pieces, used or {}, plans)


def amounts(billed):
    return [str(charge.amount) for charge in billed.charges]


def whole(month: str, plan: str = "pro", **changes) -> Piece:
    period = Month.parse(month)
    piece = Piece(plan=plan, month=period, first_on=period.first_on, last_on=period.last_on)
    return replace(piece, **changes)


def used_in_march(**by_provider: int) -> dict[tuple[date, str | None], int]:
    """US dollars by provider on a day of March 2024; the key `none` is usage without provider."""
    return {(day("2024-03-10"), None if name == "none" else name): cents * 100 for name, cents in by_provider.items()}


@pytest.mark.parametrize(
    ("last_active", "reactivated", "first_on", "days", "parts", "total"),
    [
        pytest.param("2024-03-31", "2024-05-20", "2024-04-01", 49, [60.00, 36.77], "96.77", id="R1"),
        pytest.param("2024-03-31", "2024-08-15", "2024-05-17", 90, [29.03, 60.00, 60.00, 27.10], "176.13", id="R2"),
        pytest.param("2024-03-31", "2024-04-01", "2024-04-01", 0, [], "0.00", id="R3"),
        pytest.param("2024-03-31", "2024-06-30", "2024-04-01", 90, [60.00, 60.00, 58.00], "178.00", id="R4"),
    ],
)
def test_the_gap_before_a_plan_is_billed_at_most_ninety_days_back(
    last_active, reactivated, first_on, days, parts, total
):
    """R1 to R4: Developer, cancelled in its last month, and Developer again."""
    customer = Customer()
    customer.wish("2023-06-15", "change", "developer")
    customer.wish(last_active[:8] + "10", "cancel")
    decision = customer.wish(reactivated, "change", "developer")
    gap = decision.gap
    assert gap
    assert (gap.first_on, gap.days, str(retroactive.amount_of(gap, SIXTY))) == (day(first_on), days, total)
    by_month = [Gap(first, last + timedelta(days=1)) for _, first, last in gap.by_month()]
    assert [retroactive.amount_of(one, SIXTY) for one in by_month] == [usd(f"{part:.2f}") for part in parts]


def test_the_invoice_of_the_month_bears_the_gap_and_the_rest_of_the_month():
    """R1 as billed: April, and the whole of May; then each month."""
    customer = Customer()
    customer.wish("2023-06-15", "change", "developer")
    customer.wish("2024-03-10", "cancel")
    customer.wish("2024-05-20", "change", "developer")
    assert amounts(month_of(customer, "2024-03")) == ["60.00"]
    assert amounts(month_of(customer, "2024-04")) == []
    assert amounts(month_of(customer, "2024-05")) == ["60.00", "60.00"]
    assert [charge.piece.is_late for charge in month_of(customer, "2024-05").charges] == [True, False]
    assert amounts(month_of(customer, "2024-06")) == ["60.00"]


def test_r2_bears_the_part_of_may_and_all_of_august():
    customer = Customer()
    customer.wish("2023-06-15", "change", "developer")
    customer.wish("2024-03-10", "cancel")
    customer.wish("2024-08-15", "change", "developer")
    assert amounts(month_of(customer, "2024-08")) == ["29.03", "60.00", "60.00", "60.00"]


@pytest.mark.parametrize(
    ("previous", "activated", "expected"),
    [
        pytest.param("developer", "pro", "0.00", id="R5"),
        pytest.param("pro", "developer", "96.77", id="R6"),
    ],
)
def test_an_exempt_change_pays_for_no_gap(previous, activated, expected):
    customer = Customer()
    customer.wish("2023-06-15", "change", previous)
    customer.wish("2024-03-10", "cancel")
    gap = customer.wish("2024-05-20", "change", activated).gap
    assert gap
    assert str(retroactive.amount_of(gap, SIXTY)) == expected


def test_a_cancelled_trial_starts_the_clock_by_the_letter():
    """R7, AMB-6; the switch reads it the other way."""
    customer = Customer()
    customer.wish("2024-05-14", "start_trial", "developer")
    customer.wish("2024-05-20", "cancel")
    gap = customer.wish("2024-06-05", "change", "developer").gap
    assert gap
    assert (gap.first_on, gap.days, retroactive.amount_of(gap, SIXTY)) == (day("2024-05-21"), 15, usd("29.29"))
    atlas = catalogues.load("atlas")
    assert atlas.retroactive_billing
    lenient = Customer(
        catalogue=replace(atlas, retroactive_billing=replace(atlas.retroactive_billing, after_trials=False))
    )
    lenient.wish("2024-05-14", "start_trial", "developer")
    lenient.wish("2024-05-20", "cancel")
    assert lenient.wish("2024-06-05", "change", "developer").gap is None


def test_day_31_of_a_trial_is_billed_by_days():
    """AMB-3: 18 of 30 days."""
    customer = Customer()
    customer.wish("2024-05-14", "start_trial", "developer")
    assert amounts(month_of(customer, "2024-05")) == []
    assert amounts(month_of(customer, "2024-06")) == ["36.00"]
    assert amounts(month_of(customer, "2024-07")) == ["60.00"]


def test_support_follows_the_usage_of_each_provider():
    """2.4: 50, 30 and 20 per cent of 1,000.00; a provider without usage gets no line."""
    used = used_in_march(AWS=5_000, GCP=3_000, AZURE=2_000) | {(day("2024-03-11"), "IBM"): 0}
    billed = bill([whole("2024-03")], {1: used}, ATLAS)
    assert {charge.provider: str(charge.amount) for charge in billed.charges} == {
        "AWS": "500.00", "GCP": "300.00", "AZURE": "200.00",
    }  # fmt: skip
    assert not billed.shortfall


def test_the_lines_of_the_providers_add_up_to_the_cent():
    used = used_in_march(AWS=1, GCP=1, none=1) | {(day("2024-03-11"), None): 5}
    billed = bill([whole("2024-03")], {1: used}, ATLAS)
    assert Money.total((charge.amount for charge in billed.charges), USD) == usd("3.05").share(Decimal(10))
    assert billed.charges[-1].provider is None


@pytest.mark.parametrize(("usage", "missing"), [(6_000, "199.00"), (8_500, "0.00"), (7_990, "0.00"), (0, "799.00")])
def test_what_is_missing_to_the_minimum_is_the_shortfall(usage, missing):
    """2.4: charges of 600.00, 850.00, 799.00 and none."""
    assert str(bill([whole("2024-03")], {1: used_in_march(AWS=usage)}, ATLAS).shortfall) == missing


def test_a_family_has_one_minimum():
    """13.6: 400 and 200 of charges leave 199.00."""
    used = {1: used_in_march(AWS=4_000), 2: used_in_march(AWS=2_000)}
    billed = bill([whole("2024-03")], used, ATLAS)
    assert [(charge.organization_id, str(charge.amount)) for charge in billed.charges] == [(1, "400.00"), (2, "200.00")]
    assert str(billed.shortfall) == "199.00"


def test_a_family_pays_a_fee_once():
    used = {1: used_in_march(AWS=4_000), 2: used_in_march(AWS=2_000)}
    assert amounts(bill([whole("2024-03", "developer")], used, ATLAS)) == ["60.00"]


def test_a_month_in_part_takes_the_usage_and_the_minimum_of_its_days():
    """12 of 31 days: 309.29 at least; what was used before is left out."""
    piece = whole("2024-05", first_on=day("2024-05-20"))
    used: Used = {(day("2024-05-19"), "AWS"): 900_000, (day("2024-05-20"), "AWS"): 200_000}
    billed = bill([piece], {1: used}, ATLAS)
    assert (amounts(billed), str(billed.shortfall)) == (["200.00"], "109.29")


def test_enterprise_is_billed_by_its_contract():
    assert bill([whole("2024-03", "enterprise")], {1: used_in_march(AWS=4_000)}, ATLAS).charges == ()


def test_a_base_and_a_percentage_of_the_excess():
    """AV-7."""
    price = BasePlusExcess(usd("100.00"), Decimal(5), usd("1000.00"))
    plans = {"old": replace(ATLAS["pro"], key="old", price=price)}
    billed = bill([whole("2024-03", "old")], {1: used_in_march(AWS=3_000)}, plans)
    assert amounts(billed) == ["100.00", "100.00"]
    assert str(fee_of(plans["old"], usd("3000.00"))) == "200.00"
    assert amounts(bill([whole("2024-03", "old")], {1: used_in_march(AWS=900)}, plans)) == ["100.00"]


def a_tier(tier: str, made: str, billed: str, group: int = 7) -> Choice:
    return Choice(
        kind=ChoiceKind.TIER,
        made_on=day(made),
        plan=tier,
        entitled_on=max(day(made), day(billed)),
        billed_on=day(billed),
        billing_group_id=group,
    )


def on_tiers(*tiers: Choice) -> Customer:
    return Customer(catalogue=catalogues.load("aiven"), choices=list(tiers))


def spent(on: str, text: str) -> dict[tuple[date, str | None], int]:
    return {(day(on), None): usd(text).minor}


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        pytest.param("12000.00", "540.00", id="AV-M1"),
        pytest.param("5000.00", "500.00", id="AV-M2"),
        pytest.param("15350.75", "690.78", id="AV-M3"),
        pytest.param("12800.00", "576.00", id="AV-M5"),
        pytest.param("11111.11", "500.00", id="break-even"),
        pytest.param("11112.00", "500.04", id="above"),
    ],
)
def test_a_tier_is_billed_for_the_whole_month(amount, fee):
    """AV-30, AV-31: upgraded on the 17th, all that was spent since the 1st counts; the minimum is in the charge."""
    customer = on_tiers(a_tier("priority", "2024-04-17", "2024-04-01"))
    billed = month_of(customer, "2024-04", {1: spent("2024-04-03", amount)}, plans=AIVEN)
    assert (amounts(billed), str(billed.shortfall)) == ([fee], "0.00")
    assert billed.charges[0].piece.billing_group_id == 7


def test_a_tier_that_starts_later_is_billed_later():
    """AV-M1 with start May."""
    customer = on_tiers(a_tier("priority", "2024-04-17", "2024-05-01"))
    assert amounts(month_of(customer, "2024-04", {1: spent("2024-04-03", "12000.00")}, plans=AIVEN)) == []
    assert amounts(month_of(customer, "2024-05", {1: spent("2024-05-03", "12000.00")}, plans=AIVEN)) == ["540.00"]


def test_a_higher_tier_takes_the_place_of_the_one_before():
    """AV-M4, AV-32: one charge for June."""
    customer = on_tiers(
        a_tier("priority", "2024-01-02", "2024-01-01"), a_tier("enterprise", "2024-06-20", "2024-06-01")
    )
    june = {1: spent("2024-06-03", "60000.00")}
    assert amounts(month_of(customer, "2024-06", june, plans=AIVEN)) == ["7200.00"]
    may = {1: spent("2024-05-03", "60000.00")}
    assert amounts(month_of(customer, "2024-05", may, plans=AIVEN)) == ["2700.00"]


def test_a_tier_that_was_set_up_after_its_month_ended_is_billed_with_the_next():
    """AV-30: nothing of the start month is lost; where a lower tier was billed for it, the difference."""
    late = on_tiers(a_tier("priority", "2024-05-02", "2024-04-01"))
    used = {1: spent("2024-04-03", "12000.00") | spent("2024-05-03", "20000.00")}
    assert amounts(month_of(late, "2024-04", used, plans=AIVEN)) == []
    assert amounts(month_of(late, "2024-05", used, plans=AIVEN)) == ["540.00", "900.00"]
    changed = on_tiers(a_tier("priority", "2024-01-02", "2024-01-01"), a_tier("enterprise", "2024-05-02", "2024-04-01"))
    assert amounts(month_of(changed, "2024-04", used, plans=AIVEN)) == ["540.00"]
    assert amounts(month_of(changed, "2024-05", used, plans=AIVEN)) == ["4460.00", "5000.00"]


def test_what_is_decided_after_a_month_changes_nothing_of_it():
    """However late a month is closed, it is billed as it ended."""
    customer = Customer()
    customer.wish("2023-06-15", "change", "developer")
    customer.wish("2024-03-10", "cancel")
    before = month_of(customer, "2024-04")
    customer.wish("2024-05-02", "change", "developer")
    assert month_of(customer, "2024-04") == before


def test_a_percentage_is_rounded_once_for_the_whole():
    plan = AIVEN["priority"]
    assert isinstance(plan.price, PercentOfUsage)
    assert str(fee_of(plan, usd("15350.75"))) == "690.78"
