"""The decision table of support plans, row by row, with its worked dates (atlas 2.3)."""

from __future__ import annotations

from datetime import date

import pytest

from portal import catalogues
from portal.domain.errors import AlreadyDone, Refusal
from portal.domain.periods import Days
from portal.domain.plan_changes import Mode
from portal.domain.support_choices import ContractPlan
from portal.domain.support_wishes import ContactNeeded
from tests.support_days import Customer


def on_plan(plan: str, since: str = "2023-06-15", **changes) -> Customer:
    customer = Customer(**changes)
    customer.wish(since, "change", plan)
    return customer


@pytest.mark.parametrize(
    ("started", "last_on", "day_31"),
    [("2024-05-14", "2024-06-12", "2024-06-13"), ("2024-01-31", "2024-02-29", "2024-03-01")],
)
def test_a_trial_is_free_for_thirty_days_and_then_billed_by_itself(started, last_on, day_31):
    """M1, M2."""
    customer = Customer()
    customer.wish(started, "start_trial", "developer")
    assert (customer.has(started), customer.pays(started)) == ("developer", "basic")
    assert customer.history().trial_last_on(date.fromisoformat(last_on)) == date.fromisoformat(last_on)
    assert (customer.has(last_on), customer.pays(last_on)) == ("developer", "basic")
    assert customer.history().trial_last_on(date.fromisoformat(day_31)) is None
    assert (customer.has(day_31), customer.pays(day_31)) == ("developer", "developer")


def test_a_trial_is_had_once():
    """M1."""
    customer = Customer()
    customer.wish("2024-05-14", "start_trial", "developer")
    with pytest.raises(Refusal, match="used already"):
        customer.wish("2024-05-15", "start_trial", "developer")
    customer.wish("2024-05-20", "cancel")
    with pytest.raises(Refusal, match="used already"):
        customer.wish("2024-09-01", "start_trial", "developer")


def test_a_trial_starts_from_no_paid_plan_and_where_there_is_one():
    with pytest.raises(Refusal, match="You have Pro"):
        on_plan("pro").wish("2024-05-14", "start_trial", "developer")
    with pytest.raises(Refusal, match="no free trial"):
        Customer().wish("2024-05-14", "start_trial", "pro")


def test_a_trial_that_is_cancelled_stops_at_once_and_costs_nothing():
    """M3; the last trial day is one of them, day 31 is not."""
    customer = Customer()
    customer.wish("2024-05-14", "start_trial", "developer")
    customer.wish("2024-06-12", "cancel")
    assert (customer.has("2024-06-12"), customer.pays("2024-06-13"), customer.pays("2024-12-31")) == ("basic",) * 3


def test_the_first_paid_day_is_cancelled_for_the_end_of_the_month():
    """M6 after M2."""
    customer = Customer()
    customer.wish("2024-05-14", "start_trial", "developer")
    decision = customer.wish("2024-06-13", "cancel")
    assert decision.kept_until == date(2024, 6, 30)
    assert (customer.pays("2024-06-12"), customer.pays("2024-06-13"), customer.pays("2024-06-30")) == (
        "basic", "developer", "developer",
    )  # fmt: skip
    assert (customer.has("2024-06-30"), customer.has("2024-07-01"), customer.pays("2024-07-01")) == (
        "developer", "basic", "basic",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "from_on"),
    [
        ("2024-01-31", "2024-02-01"),
        ("2024-06-01", "2024-07-01"),
        ("2024-12-15", "2025-01-01"),
    ],
)
@pytest.mark.parametrize("before", [None, "developer"])
def test_an_upgrade_is_had_at_once_and_billed_from_the_next_month(before, on, from_on):
    """M4, from Basic and from a paid plan, with its worked dates."""
    customer = on_plan(before) if before else Customer()
    customer.wish(on, "change", "pro")
    assert customer.has(on) == "pro"
    day_before = str(date.fromisoformat(from_on).replace(day=1) - (date(2024, 1, 2) - date(2024, 1, 1)))
    assert (customer.pays(on), customer.pays(day_before)) == (before or "basic",) * 2
    assert customer.pays(from_on) == "pro"


def test_a_downgrade_is_had_and_billed_from_the_next_month():
    """M5, on 29 February."""
    customer = on_plan("pro")
    decision = customer.wish("2024-02-29", "change", "developer")
    assert decision.kept_until == date(2024, 2, 29)
    assert (customer.has("2024-02-29"), customer.pays("2024-02-29")) == ("pro", "pro")
    assert (customer.has("2024-03-01"), customer.pays("2024-03-01")) == ("developer", "developer")


@pytest.mark.parametrize("how", [("cancel", None), ("change", "basic")])
def test_a_plan_is_cancelled_for_the_end_of_the_month(how):
    """M6, AMB-20."""
    customer = on_plan("developer")
    customer.wish("2024-04-10", *how)
    assert (customer.has("2024-04-30"), customer.pays("2024-04-30")) == ("developer", "developer")
    assert (customer.has("2024-05-01"), customer.pays("2024-05-01")) == ("basic", "basic")
    with pytest.raises(AlreadyDone, match="scheduled already"):
        customer.wish("2024-04-11", *how)


def test_another_choice_replaces_what_was_scheduled():
    """M7."""
    customer = on_plan("developer")
    customer.wish("2024-04-10", "cancel")
    customer.wish("2024-04-20", "change", "pro")
    assert (customer.has("2024-04-20"), customer.pays("2024-04-30")) == ("pro", "developer")
    assert (customer.has("2024-05-01"), customer.pays("2024-05-01")) == ("pro", "pro")


@pytest.mark.parametrize("how", [("undo", None), ("change", "pro")])
def test_what_was_scheduled_can_be_taken_back(how):
    """M7: as if it had never been asked for."""
    customer = on_plan("pro")
    customer.wish("2024-04-10", "change", "developer")
    customer.wish("2024-04-20", *how)
    assert {customer.has(day) for day in ("2024-04-15", "2024-04-30", "2024-05-01", "2024-08-01")} == {"pro"}
    assert {customer.pays(day) for day in ("2024-04-15", "2024-04-30", "2024-05-01", "2024-08-01")} == {"pro"}


def test_nothing_is_undone_where_nothing_is_scheduled():
    with pytest.raises(AlreadyDone):
        on_plan("pro").wish("2024-04-20", "undo")


def test_to_choose_another_plan_ends_the_trial_for_nothing():
    """M7a."""
    customer = Customer()
    customer.wish("2024-05-14", "start_trial", "developer")
    customer.wish("2024-05-20", "change", "pro")
    assert (customer.has("2024-05-20"), customer.pays("2024-05-31")) == ("pro", "basic")
    assert (customer.pays("2024-06-01"), customer.pays("2024-06-13")) == ("pro", "pro")


def test_a_trial_that_was_left_for_another_plan_is_not_billed_on_its_day_31():
    """M7a in the month of day 31, whose other days come before the new price."""
    customer = Customer()
    customer.wish("2024-05-14", "start_trial", "developer")
    customer.wish("2024-06-05", "change", "pro")
    assert {customer.pays(day) for day in ("2024-06-05", "2024-06-13", "2024-06-30")} == {"basic"}
    assert (customer.has("2024-06-13"), customer.pays("2024-07-01")) == ("pro", "pro")


def test_an_upgrade_that_is_cancelled_in_its_month_costs_nothing():
    """M7b, from Basic and from Developer; the access is kept until the month ends."""
    customer = Customer()
    customer.wish("2024-04-10", "change", "pro")
    customer.wish("2024-04-20", "cancel")
    assert (customer.has("2024-04-30"), customer.has("2024-05-01")) == ("pro", "basic")
    assert {customer.pays(day) for day in ("2024-04-10", "2024-04-30", "2024-05-01")} == {"basic"}
    customer = on_plan("developer")
    customer.wish("2024-04-10", "change", "pro")
    customer.wish("2024-04-20", "cancel")
    assert (customer.has("2024-04-30"), customer.pays("2024-04-30")) == ("pro", "developer")
    assert (customer.has("2024-05-01"), customer.pays("2024-05-01")) == ("basic", "basic")


def test_an_upgrade_that_was_cancelled_and_taken_back_is_billed_from_the_next_month():
    """M7b with M7."""
    customer = Customer()
    customer.wish("2024-04-10", "change", "pro")
    customer.wish("2024-04-20", "cancel")
    customer.wish("2024-04-22", "undo")
    assert (customer.pays("2024-04-30"), customer.pays("2024-05-01"), customer.has("2024-05-01")) == (
        "basic", "pro", "pro",
    )  # fmt: skip


def test_enterprise_is_asked_for_and_staff_see_to_it():
    """M8."""
    customer = on_plan("pro")
    with pytest.raises(ContactNeeded) as needed:
        customer.wish("2024-04-10", "change", "enterprise")
    assert needed.value.mode is Mode.CONTACT_SALES
    customer.wish("2024-04-10", "change", "enterprise", by_staff=True)
    assert (customer.has("2024-04-10"), customer.pays("2024-04-30"), customer.pays("2024-05-01")) == (
        "enterprise", "pro", "enterprise",
    )  # fmt: skip
    for wish in (("change", "pro"), ("cancel", None)):
        with pytest.raises(ContactNeeded):
            customer.wish("2024-05-10", *wish)
    customer.wish("2024-05-10", "change", "pro", by_staff=True)
    assert (customer.has("2024-05-31"), customer.has("2024-06-01")) == ("enterprise", "pro")


@pytest.mark.parametrize("wish", [("change", "pro"), ("start_trial", "developer"), ("cancel", None)])
def test_a_family_shares_the_plan_of_its_payer(wish):
    """M9."""
    customer = on_plan("developer")
    customer.in_family = True
    with pytest.raises(Refusal, match="Linked organizations"):
        customer.wish("2024-04-10", *wish)


def a_contract(plan: str, first: str, ends_before: str | None) -> ContractPlan:
    return ContractPlan(plan, Days(date.fromisoformat(first), date.fromisoformat(ends_before) if ends_before else None))


def test_a_contracts_plan_ends_with_it():
    """M10: it takes the place of what was chosen, and leaves Basic."""
    customer = on_plan("developer", contracts=(a_contract("pro", "2024-02-10", "2025-02-10"),))
    assert (customer.has("2024-02-09"), customer.has("2024-02-10"), customer.pays("2024-02-10")) == (
        "developer", "pro", "pro",
    )  # fmt: skip
    assert (customer.has("2025-02-09"), customer.has("2025-02-10"), customer.pays("2025-02-10")) == (
        "pro", "basic", "basic",
    )  # fmt: skip


def test_a_contracts_plan_is_left_through_sales_only():
    """M10."""
    customer = Customer(contracts=(a_contract("pro", "2024-02-10", None),))
    for wish in (("cancel", None), ("change", "developer")):
        with pytest.raises(ContactNeeded, match="comes with your subscription"):
            customer.wish("2024-03-10", *wish, by_staff=True)


def test_a_higher_plan_than_the_contracts_is_ones_own():
    customer = Customer(contracts=(a_contract("developer", "2024-02-10", "2024-08-10"),))
    customer.wish("2024-03-10", "change", "pro")
    assert (customer.pays("2024-03-31"), customer.pays("2024-04-01")) == ("developer", "pro")
    customer.wish("2024-05-10", "cancel")
    assert (customer.has("2024-05-31"), customer.has("2024-06-01")) == ("pro", "developer")
    assert customer.has("2024-08-10") == "basic"
    beyond = Customer(contracts=(a_contract("developer", "2024-02-10", "2024-08-10"),))
    beyond.wish("2024-03-10", "change", "pro")
    assert beyond.has("2024-08-10") == "pro"


def test_a_contract_that_follows_another_keeps_the_plan():
    agreed = (a_contract("pro", "2024-01-01", "2024-06-01"), a_contract("pro", "2024-03-01", "2025-01-01"))
    customer = Customer(contracts=agreed)
    assert (customer.has("2024-06-01"), customer.has("2024-12-31"), customer.has("2025-01-01")) == (
        "pro", "pro", "basic",
    )  # fmt: skip


def test_who_comes_back_has_no_free_stretch():
    """M11: support and price at once, and the days between too."""
    customer = on_plan("developer")
    customer.wish("2024-03-10", "cancel")
    decision = customer.wish("2024-05-20", "change", "developer")
    assert decision.gap
    assert (decision.gap.first_on, decision.gap.days) == (date(2024, 4, 1), 49)
    assert (customer.has("2024-05-19"), customer.has("2024-05-20"), customer.pays("2024-05-20")) == (
        "basic", "developer", "developer",
    )  # fmt: skip


def test_who_comes_back_exempt_pays_from_that_day():
    """R5."""
    customer = on_plan("developer")
    customer.wish("2024-03-10", "cancel")
    decision = customer.wish("2024-05-20", "change", "pro")
    assert decision.gap
    assert decision.gap.days == 0
    assert (customer.pays("2024-05-19"), customer.pays("2024-05-20")) == ("basic", "pro")


def test_an_expired_contract_was_not_cancelled():
    """M11 is for those who cancelled a plan of their own."""
    customer = Customer(contracts=(a_contract("pro", "2023-01-01", "2024-01-01"),))
    assert customer.wish("2024-03-10", "change", "pro").gap is None
    assert (customer.pays("2024-03-31"), customer.pays("2024-04-01")) == ("basic", "pro")


def test_a_contract_after_a_cancelled_plan_bears_the_gap_unless_exempt():
    """The second exemption: self-service Pro, then Pro by contract."""
    agreed = (a_contract("pro", "2024-05-20", "2025-05-20"),)
    exempt, owing = on_plan("pro", contracts=agreed), on_plan("developer", contracts=agreed)
    for customer in (exempt, owing):
        customer.wish("2024-03-10", "cancel")
    assert exempt.pays("2024-05-19") == "basic"
    assert (owing.pays("2024-03-31"), owing.pays("2024-04-01"), owing.pays("2024-05-19")) == (
        "developer", "pro", "pro",
    )  # fmt: skip


def test_what_is_already_so_is_said():
    with pytest.raises(AlreadyDone, match="You have Pro already"):
        on_plan("pro").wish("2024-04-10", "change", "pro")
    with pytest.raises(Refusal, match="costs nothing"):
        Customer().wish("2024-04-10", "cancel")
    with pytest.raises(Refusal, match="no support plan"):
        Customer().wish("2024-04-10", "change", "platinum")


def test_a_tier_is_asked_for_with_its_month_and_left_through_the_account_team():
    """AV-21."""
    customer = Customer(catalogue=catalogues.load("aiven"))
    with pytest.raises(Refusal, match="start month"):
        customer.wish("2024-04-10", "change", "priority")


def test_bundled_support_is_changed_with_the_pricing_plan():
    """NE-40."""
    for by_staff in (False, True):
        with pytest.raises(ContactNeeded, match="pricing plan"):
            Customer(catalogue=catalogues.load("neon")).wish("2024-04-10", "change", "priority", by_staff=by_staff)
