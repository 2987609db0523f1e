"""Contracts played from the first day to the last: what is billed to whom, and which taxes it bears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.domain.addresses import Address
from portal.domain.scenarios import Customer
from portal.models.billing_groups import BillingGroup
from portal.services import billing_profiles, organizations, simulation_steps
from tests.scenarios import (
    a_scenario,
    an_address,
    daily_usage,
    elastic,
    events,
    invoice,
    payments,
    simulate,
    step,
    usage,
)

AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_e1_elastic_usage_is_invoiced_as_it_was_used():
    answer = simulate(a_scenario(elastic("2024-01-01"), usage("2024-01-10", "1234.56"), until="2024-02-01"))
    assert payments(answer, "method", "usage", "billed", "net", "total", "due", "status") == [
        ("elastic", "1234.56", "1234.56", "1234.56", "1234.56", "1234.56", "INVOICED")
    ]
    assert answer["tax_invoices"] == [
        {
            "number": "TI-2024-000001", "period": "2024-01", "currency": "USD", "net": "1234.56", "tax": "0.00",
            "total": "1234.56", "due": "1234.56",
        }
    ]  # fmt: skip


def test_e2_a_month_without_usage_is_a_free_cloud_invoice_and_no_tax_invoice():
    answer = simulate(a_scenario(elastic("2024-01-01"), until="2024-02-01"))
    month = invoice(answer, "2024-01")
    assert (month["status"], month["usage"], month["payments"], month["lines"]) == ("FREE", "0.00", [], [])
    assert answer["tax_invoices"] == []
    assert answer["organization"]["elastic_active"] is False


def test_e3_the_tax_invoice_is_converted_and_taxed_and_the_cloud_invoice_is_not():
    answer = simulate(
        a_scenario(
            elastic("2024-01-01", elastic_unit_price="0.85"),
            usage("2024-01-10", "8400.00"),
            until="2024-02-01",
            currency="EUR",
            address=an_address("IE", "Dublin"),
        )
    )
    assert invoice(answer, "2024-01")["usage"] == "8400.00"
    assert payments(answer, "unit_price", "currency", "net", "taxes", "total") == [
        ("0.85", "EUR", "7140.00", [{"name": "VAT", "rate": "23", "amount": "1642.20"}], "8782.20")
    ]


def test_e4_an_activation_in_the_middle_of_a_month_covers_from_its_day():
    answer = simulate(
        a_scenario(elastic("2024-06-18"), daily_usage("2024-04-01", "2024-06-30", "40.00"), until="2024-07-01")
    )
    june = invoice(answer, "2024-06")
    assert [(row["method"], row["usage"]) for row in june["payments"]] == [("elastic", "520.00"), ("card", "680.00")]
    assert june["payments"][1]["explain"] == {
        "usage": "1200.00", "covered_elsewhere": "520.00", "charged": "680.00"
    }  # fmt: skip
    assert events(answer, "ACTIVE_INVOICING_PERIOD_INITIATED") == [("2024-06-18", "ACTIVE_INVOICING_PERIOD_INITIATED")]


def test_a1_a_code_on_day_30_is_in_time_and_takes_over_what_waited():
    answer = simulate(
        a_scenario(elastic("2024-04-08"), daily_usage("2024-03-10", "2024-04-20", "10.00"), until="2024-05-01")
    )
    march, april = answer["invoices"]
    assert [(row["method"], row["status"], row["tax_invoice"], row["due"]) for row in march["payments"]] == [
        ("card", "CANCELLED", None, "0.00")
    ]
    assert (march["usage"], march["lines"][0]["amount"]) == ("220.00", "220.00")
    assert [(row["method"], row["usage"]) for row in april["payments"]] == [("elastic", "420.00")]
    assert april["lines"] == [{"project": "shop", "service": "Clusters", "amount": "420.00"}]
    # Its number was never taken, so the next one has no gap before it.
    assert [one["number"] for one in answer["tax_invoices"]] == ["TI-2024-000001"]
    assert events(answer, "CHARGE_SUCCEEDED") == []


def test_a2_a_code_on_day_31_is_late_and_what_was_charged_stays_charged():
    answer = simulate(
        a_scenario(elastic("2024-04-09"), daily_usage("2024-03-10", "2024-04-20", "10.00"), until="2024-05-01")
    )
    assert payments(answer, "method", "usage", "status") == [
        ("card", "220.00", "PAID"), ("elastic", "120.00", "INVOICED"), ("card", "80.00", "PAID"),
    ]  # fmt: skip
    assert events(answer, "CHARGE_SUCCEEDED")[0] == ("2024-04-09", "CHARGE_SUCCEEDED")


def test_a3_without_a_code_the_card_is_charged_on_day_31_and_then_by_the_normal_cycle():
    scenario = a_scenario(daily_usage("2024-03-10", "2024-04-30", "10.00"), until="2024-04-08")
    waiting = simulate(scenario)
    assert payments(waiting, "status", "tax_invoice", "due") == [("NEW", None, "220.00")]
    assert invoice(waiting, "2024-03")["status"] == "CLOSED"
    assert waiting["tax_invoices"] == []
    charged = simulate(scenario | {"until": "2024-05-01"})
    assert payments(charged, "status", "tax_invoice", "due") == [
        ("PAID", "TI-2024-000001", "0.00"), ("PAID", "TI-2024-000002", "0.00"),
    ]  # fmt: skip
    assert events(charged, "CHARGE_SUCCEEDED") == [
        ("2024-04-09", "CHARGE_SUCCEEDED"), ("2024-05-01", "CHARGE_SUCCEEDED"),
    ]  # fmt: skip


def test_a5_without_a_payment_method_there_is_nothing_to_charge_and_the_clock_runs():
    scenario = a_scenario(
        elastic("2024-04-09"), daily_usage("2024-03-10", "2024-04-20", "10.00"), until="2024-05-02", payment_method=None
    )
    answer = simulate(scenario)
    assert payments(answer, "method", "usage", "status") == [
        ("unpaid", "220.00", "NEW"), ("elastic", "120.00", "INVOICED"), ("unpaid", "80.00", "NEW"),
    ]  # fmt: skip
    assert answer["organization"]["status"] == "suspended"


@pytest.mark.parametrize(
    ("method", "row", "status"),
    [
        ("card_ok", ("card", "PAID", "0.00"), "PAID"),
        ("card_declines", ("card", "FAILED", "500.00"), "FAILED"),
        ("paypal_ok", ("paypal", "PAID", "0.00"), "PAID"),
        (None, ("unpaid", "NEW", "500.00"), "CLOSED"),
    ],
)
def test_each_payment_method_settles_in_its_own_way(method, row, status):
    answer = simulate(a_scenario(usage("2024-01-01", "500.00"), until="2024-02-01", payment_method=method))
    assert payments(answer, "method", "status", "due") == [row]
    assert payments(answer, "unit_price", "currency", "tax_invoice") == [("1", "USD", "TI-2024-000001")]
    assert invoice(answer, "2024-01")["status"] == status


@pytest.mark.parametrize(
    ("place", "tax_id", "base", "taxes", "total"),
    [
        (("IE", "Dublin"), "IE6433435F", "1234.56", [("VAT", "23", "283.95")], "1518.51"),  # TX1
        (("DE", "Berlin"), None, "1234.56", [("VAT", "19", "234.57")], "1469.13"),  # TX2
        (("DE", "Berlin"), "DE136695976", "1234.56", [], "1234.56"),  # TX3
        (("DE", "Berlin"), "de 136.695.976", "1234.56", [], "1234.56"),  # TX3, as people type it
        (("DE", "Berlin"), "DE136695970", "1234.56", [("VAT", "19", "234.57")], "1469.13"),  # wrong check digit
        (("GB", "London"), "GB802311781", "999.99", [("VAT", "20", "200.00")], "1199.99"),  # TX4
        (("CA", "British Columbia"), None, "2500.00", [("GST", "5", "125.00"), ("PST", "7", "175.00")], "2800.00"),
        (("CA", "BC"), "123026635RT0001", "2500.00", [("PST", "7", "175.00")], "2675.00"),  # TX7
        (("CA", "Québec"), "123026635RT0001", "2500.00", [("QST", "9.975", "249.38")], "2749.38"),  # TX8
        (("CA", "Alberta"), "123026635RT0001", "2500.00", [], "2500.00"),  # TX9
        (("CH", ""), "CHE107787577IVA", "1000.00", [("VAT", "8.1", "81.00")], "1081.00"),  # TX10
        (("US", "Ohio"), "DE136695976", "1000.00", [], "1000.00"),  # TX12
        (("NO", "Oslo"), None, "1000.00", [("VAT", "25", "250.00")], "1250.00"),
        (("SG", ""), None, "1000.00", [("GST", "9", "90.00")], "1090.00"),
        (("BR", "Bahia"), None, "1000.00", [], "1000.00"),  # AMB-17
    ],
)
def test_the_address_and_the_id_decide_the_taxes(place, tax_id, base, taxes, total):
    answer = simulate(
        a_scenario(
            elastic("2024-02-01"),
            usage("2024-02-10", base),
            until="2024-03-01",
            address=an_address(*place),
            tax_id=tax_id,
        )
    )
    charged = [{"name": name, "rate": rate, "amount": amount} for name, rate, amount in taxes]
    assert payments(answer, "net", "taxes", "total") == [(base, charged, total)]


def test_address_id_and_payment_method_count_as_they_stand_when_the_month_is_closed():
    answer = simulate(
        a_scenario(
            daily_usage("2024-01-01", "2024-04-30", "10.00"),
            step("2024-02-29", "set_tax_id", tax_id="DE136695976"),
            step("2024-04-01", "set_address", address=an_address("FR", "Paris")),
            step("2024-04-01", "set_payment_method", method="paypal_ok"),
            until="2024-05-01",
            address=an_address("DE", "Berlin"),
        )
    )
    # The first of April is after the close of March: the German id and the card still count for it.
    assert payments(answer, "method", "net", "taxes") == [
        ("card", "310.00", [{"name": "VAT", "rate": "19", "amount": "58.90"}]),
        ("card", "290.00", []),
        ("card", "310.00", []),
        ("paypal", "300.00", [{"name": "VAT", "rate": "20", "amount": "60.00"}]),
    ]


def test_quantity_times_unit_price_is_rounded_once_a_step():
    metered = {"amount": None, "quantity": "3", "unit_price": "0.335"}
    steps = [{key: value for key, value in (usage("2024-01-05", "0") | metered).items() if value} for _ in range(2)]
    answer = simulate(a_scenario(*steps, until="2024-02-01"))
    # 1.005 is 1.01, twice; both steps together would be 2.01.
    assert invoice(answer, "2024-01")["usage"] == "2.02"


def test_lines_are_added_up_by_project_and_service_and_sorted():
    answer = simulate(
        a_scenario(
            usage("2024-01-05", "1.00", provider="AWS"),
            usage("2024-01-06", "2.00", provider="GCP"),
            usage("2024-01-07", "4.00", service="Backup"),
            usage("2024-01-08", "8.00", project="lab"),
            until="2024-02-01",
            projects=["shop", "lab"],
        )
    )
    assert invoice(answer, "2024-01")["lines"] == [
        {"project": "lab", "service": "Clusters", "amount": "8.00"},
        {"project": "shop", "service": "Backup", "amount": "4.00"},
        {"project": "shop", "service": "Clusters", "amount": "3.00"},
    ]


def test_the_clock_starts_with_the_first_step_and_stops_with_the_last_day():
    answer = simulate(
        a_scenario(
            step("2024-02-15", "set_tax_id", tax_id=None), usage("2024-04-10", "5.00"), usage("2024-05-02", "7.00"),
            until="2024-05-01",
        )
    )  # fmt: skip
    assert [(one["period"], one["usage"]) for one in answer["invoices"]] == [
        ("2024-02", "0.00"), ("2024-03", "0.00"), ("2024-04", "5.00"),
    ]  # fmt: skip


def test_a_file_without_steps_or_with_steps_after_its_end_bills_nothing():
    for scenario in (a_scenario(until="2024-05-01"), a_scenario(usage("2024-06-01", "5.00"), until="2024-05-01")):
        answer = simulate(scenario)
        assert (answer["invoices"], answer["tax_invoices"]) == ([], [])
        assert answer["organization"] == {"status": "active", "support_plan": "basic", "elastic_active": False}


def test_elastic_billing_shows_in_the_month_that_still_runs():
    scenario = a_scenario(elastic("2024-01-01", months=1), usage("2024-01-10", "5.00"), until="2024-01-09")
    assert simulate(scenario)["organization"]["elastic_active"] is False
    assert simulate(scenario | {"until": "2024-01-10"})["organization"]["elastic_active"] is True
    over = simulate(scenario | {"until": "2024-02-01"})
    assert over["organization"]["elastic_active"] is False
    assert events(over, "ACTIVE_INVOICING_PERIOD_STOPPED") == [("2024-02-01", "ACTIVE_INVOICING_PERIOD_STOPPED")]


def test_usage_after_the_term_goes_to_the_payment_method():
    answer = simulate(
        a_scenario(
            elastic("2024-01-01", months=6), daily_usage("2024-01-01", "2024-07-09", "10.00"), until="2024-08-01"
        )
    )  # X1
    assert [(row["method"], row["usage"]) for row in invoice(answer, "2024-07")["payments"]] == [("card", "90.00")]


def test_a_valid_id_is_kept_in_its_official_form_and_another_as_it_was_typed(session):
    organization = organizations.create_organization(session, "acme", name="Acme", catalogue="atlas", at=AT)
    group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == organization.id)).one()
    customer = Customer(
        name="Acme", billing_contact="ap@acme.example", region=None, address=Address(**an_address("DE", "Berlin")),
        tax_id=None, currency="EUR",
    )  # fmt: skip
    simulation_steps.set_profile(session, group, customer, at=AT)
    for typed, kept in (("de 136.695.976", "DE136695976"), ("DE 1", "DE 1"), (None, None)):
        simulation_steps.set_tax_id(session, group, typed, at=AT)
        profile = billing_profiles.current(session, group.id)
        assert profile is not None
        assert profile.tax_id == kept


def test_a_step_that_comes_to_nothing_does_not_begin_the_first_30_days():
    answer = simulate(
        a_scenario(
            step("2024-01-01", "usage", project="shop", service="Clusters", quantity="0.000001", unit_price="1"),
            usage("2024-02-01", "100.00"),
            elastic("2024-02-10"),
            until="2024-03-01",
        )
    )
    assert payments(answer, "method", "billed") == [("elastic", "100.00")]
