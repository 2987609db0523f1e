"""What happens to payments after the month: declines, retries, transfers, suspension, all on their days."""

from __future__ import annotations

import pytest

from tests.scenarios import a_scenario, daily_usage, elastic, events, invoice, payments, simulate, step, usage

JANUARY = usage("2024-01-01", "500.00")
CHARGES = ("CHARGE_SUCCEEDED", "CHARGE_FAILED", "PAYPAL_CHARGE_SUCCEEDED", "PAYPAL_CHARGE_FAILED")


def test_a_declined_charge_is_tried_again_after_3_7_and_14_days_and_no_more():
    answer = simulate(a_scenario(JANUARY, until="2024-02-29", payment_method="card_declines"))
    assert events(answer, *CHARGES) == [
        (day, "CHARGE_FAILED") for day in ("2024-02-01", "2024-02-04", "2024-02-08", "2024-02-15")
    ]
    assert payments(answer, "status", "due", "tax_invoice") == [("FAILED", "500.00", "TI-2024-000001")]


def test_a_method_that_works_pays_everything_that_failed_at_once():
    answer = simulate(
        a_scenario(
            daily_usage("2024-01-01", "2024-02-29", "10.00"),
            step("2024-03-05", "set_payment_method", method="paypal_ok"),
            until="2024-03-05",
            payment_method="card_declines",
        )
    )
    assert payments(answer, "method", "status", "due") == [("card", "PAID", "0.00"), ("card", "PAID", "0.00")]
    assert events(answer, "PAYPAL_CHARGE_SUCCEEDED") == [("2024-03-05", "PAYPAL_CHARGE_SUCCEEDED")] * 2
    assert [one["due"] for one in answer["tax_invoices"]] == ["0.00", "0.00"]


@pytest.mark.parametrize("method", ["card_ok", "paypal_ok"])
def test_a_method_that_works_pays_what_stands_unpaid_at_once(method):
    answer = simulate(
        a_scenario(
            JANUARY, step("2024-02-20", "set_payment_method", method=method), until="2024-02-20", payment_method=None
        )
    )
    assert payments(answer, "method", "status", "due") == [("unpaid", "PAID", "0.00")]
    assert invoice(answer, "2024-01")["status"] == "PAID"


def test_a_method_that_declines_leaves_what_is_unpaid_unpaid():
    scenario = a_scenario(
        JANUARY, step("2024-02-20", "set_payment_method", method="card_declines"), until="2024-02-28",
        payment_method=None,
    )  # fmt: skip
    assert payments(simulate(scenario), "method", "status", "due") == [("unpaid", "NEW", "500.00")]


def test_a_retry_asks_again_and_changes_nothing_for_a_card_that_still_declines():
    answer = simulate(
        a_scenario(JANUARY, step("2024-02-06", "retry_payments"), until="2024-02-07", payment_method="card_declines")
    )
    assert events(answer, *CHARGES)[-1] == ("2024-02-06", "CHARGE_FAILED")
    assert payments(answer, "status") == [("FAILED",)]


def test_a_retry_pays_what_failed_for_want_of_a_method():
    # The method was taken away while the payment waited for day 31, so that its charge could not be made.
    scenario = a_scenario(
        usage("2024-01-20", "500.00"), step("2024-02-10", "set_payment_method", method=None), until="2024-02-19"
    )
    failed = simulate(scenario)
    assert payments(failed, "method", "status", "tax_invoice") == [("card", "FAILED", "TI-2024-000001")]
    assert invoice(failed, "2024-01")["status"] == "FAILED"
    again = step("2024-02-25", "set_payment_method", method="card_ok")
    paid = simulate(scenario | {"timeline": [*scenario["timeline"], again], "until": "2024-02-25"})
    assert payments(paid, "method", "status") == [("card", "PAID")]


def test_a_step_on_day_31_comes_before_the_charge_of_that_day():
    answer = simulate(
        a_scenario(
            usage("2024-01-20", "500.00"),
            step("2024-02-19", "set_payment_method", method="card_declines"),
            until="2024-02-19",
        )
    )
    assert payments(answer, "status") == [("FAILED",)]


def test_a_step_on_the_first_comes_after_the_charge_that_the_close_makes_due():
    answer = simulate(a_scenario(JANUARY, step("2024-02-01", "set_payment_method", method=None), until="2024-02-01"))
    assert payments(answer, "method", "status") == [("card", "PAID")]


def test_what_waits_for_a_first_of_a_month_is_charged_after_the_steps_of_that_day():
    # Day 31 is 2024-03-01: February is closed and charged before the card is taken away, January's charge comes after.
    answer = simulate(
        a_scenario(
            usage("2024-01-31", "500.00"), usage("2024-02-10", "7.00"),
            step("2024-03-01", "set_payment_method", method=None), until="2024-03-01",
        )
    )  # fmt: skip
    assert payments(answer, "usage", "status") == [("500.00", "FAILED"), ("7.00", "PAID")]


def test_a_charge_that_failed_on_day_31_is_as_old_as_the_close_of_its_month():
    scenario = a_scenario(usage("2024-01-20", "500.00"), until="2024-03-02", payment_method="card_declines")
    assert simulate(scenario)["organization"]["status"] == "active"
    assert simulate(scenario | {"until": "2024-03-03"})["organization"]["status"] == "suspended"


def test_an_invoice_on_terms_is_paid_by_transfer_on_its_due_date():
    scenario = a_scenario(elastic("2024-01-01"), JANUARY, until="2024-03-01")
    assert payments(simulate(scenario), "status", "due") == [("INVOICED", "500.00")]
    answer = simulate(scenario | {"until": "2024-03-02"})
    assert payments(answer, "status", "due") == [("PAID", "0.00")]
    assert invoice(answer, "2024-01")["status"] == "PAID"
    assert events(answer, "WIRE_TRANSFER_PAYMENT_RECEIVED") == [("2024-03-02", "WIRE_TRANSFER_PAYMENT_RECEIVED")]


@pytest.mark.parametrize(
    ("until", "status"), [("2024-04-01", "active"), ("2024-04-02", "suspended"), ("2024-05-02", "locked")]
)
def test_a_customer_who_does_not_pay_on_terms_is_late_from_the_due_date_on(until, status):
    # Due on 2024-03-02, so 30 days old on 2024-04-01, 31 on the next day, 61 on 2024-05-02.
    answer = simulate(a_scenario(elastic("2024-01-01"), JANUARY, until=until, pays_invoices=False))
    assert payments(answer, "status", "due") == [("INVOICED", "500.00")]
    assert answer["organization"]["status"] == status


@pytest.mark.parametrize(
    ("until", "status"),
    [
        ("2024-05-01", "active"), ("2024-05-02", "suspended"), ("2024-05-31", "suspended"), ("2024-06-01", "locked"),
    ],
)  # fmt: skip
def test_an_invoice_that_is_closed_and_not_paid_suspends_on_day_31_and_locks_on_day_61(until, status):
    answer = simulate(a_scenario(usage("2024-03-01", "5.00"), until=until, payment_method=None))
    assert answer["organization"]["status"] == status


def test_standing_changes_are_events_of_their_day_and_payment_lifts_them():
    answer = simulate(
        a_scenario(
            usage("2024-03-01", "5.00"),
            usage("2024-06-15", "7.00"),
            step("2024-06-20", "set_payment_method", method="card_ok"),
            until="2024-07-01",
            payment_method="card_declines",
        )
    )
    assert events(answer, "ORG_SUSPENDED", "ORG_LOCKED", "ORG_ACTIVATED") == [
        ("2024-05-02", "ORG_SUSPENDED"), ("2024-06-01", "ORG_LOCKED"), ("2024-06-20", "ORG_ACTIVATED"),
    ]  # fmt: skip
    # Being locked stopped nothing: June was closed, billed and paid.
    assert payments(answer, "usage", "status") == [("5.00", "PAID"), ("7.00", "PAID")]


def test_a_customer_who_never_pays_is_suspended_and_locked_on_their_own_days():
    answer = simulate(a_scenario(elastic("2024-01-01"), JANUARY, until="2024-06-15", pays_invoices=False))
    assert events(answer, "ORG_SUSPENDED", "ORG_LOCKED", "ORG_ACTIVATED") == [
        ("2024-04-02", "ORG_SUSPENDED"), ("2024-05-02", "ORG_LOCKED"),
    ]  # fmt: skip


def test_paying_one_of_two_overdue_invoices_does_not_lift_the_state():
    # The transfer pays February's elastic row; January stays unpaid, because nothing pays what has no method.
    answer = simulate(
        a_scenario(
            usage("2024-01-01", "5.00"), elastic("2024-02-01"), usage("2024-02-10", "7.00"), until="2024-03-31",
            payment_method=None,
        )
    )  # fmt: skip
    assert payments(answer, "method", "status") == [("unpaid", "NEW"), ("elastic", "PAID")]
    assert answer["organization"]["status"] == "suspended"
