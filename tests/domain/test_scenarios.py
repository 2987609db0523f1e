"""A scenario file is read strictly: what is wrong is named by its place."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.errors import Malformed
from portal.domain.scenario_reading import parse_scenario
from portal.domain.scenario_templates import materialise
from portal.domain.scenarios import ActivateSubscription, Available, SetPaymentMethod
from tests.scenarios import a_scenario, daily_usage, elastic, grant, step, usage

AVAILABLE = Available(
    catalogues={"atlas": True, "neon": False},
    payment_methods=("card_ok", "card_declines", "paypal_ok"),
)
UNTIL = "2024-02-01"


def parse(*timeline, until=UNTIL, **changes):
    return parse_scenario(a_scenario(*timeline, until=until, **changes), available=AVAILABLE)


def place_of(document) -> str:
    with pytest.raises(Malformed) as refused:
        parse_scenario(document, available=AVAILABLE)
    return refused.value.place


def without(table, *keys):
    return {key: value for key, value in table.items() if key not in keys}


def test_a_step_is_read_into_values():
    scenario = parse(
        usage("2024-01-10", "400.00", provider="AWS"),
        daily_usage("2024-01-20", "2024-01-29", "20.00"),
        elastic("2024-01-05", months=12, elastic_unit_price="0.915", starts="2024-01-15"),
    )
    one, daily = scenario.usage
    assert (one.first_on, one.last_on, one.quantity, one.provider) == (
        date(2024, 1, 10), date(2024, 1, 10), Decimal("400.00"), "AWS",
    )  # fmt: skip
    assert (daily.first_on, daily.last_on) == (date(2024, 1, 20), date(2024, 1, 29))
    (activation,) = scenario.steps
    assert isinstance(activation, ActivateSubscription)
    assert (activation.place, activation.terms.starts_on, activation.terms.elastic_unit_price) == (
        "timeline[2]", date(2024, 1, 15), Decimal("0.915"),
    )  # fmt: skip
    assert scenario.starts_on == date(2024, 1, 5)


def test_a_span_may_be_one_day_and_a_contract_may_start_on_the_day_of_its_activation():
    scenario = parse(daily_usage("2024-01-20", "2024-01-20", "20.00"), elastic("2024-01-05", starts="2024-01-05"))
    (daily,) = scenario.usage
    (activation,) = scenario.steps
    assert daily.first_on == daily.last_on
    assert isinstance(activation, ActivateSubscription)
    assert activation.terms.starts_on == activation.on


def test_what_may_be_left_out_may_be_left_out():
    document = without(a_scenario(until=UNTIL), "payment_method", "projects")
    document["organization"] = without(document["organization"], "region", "tax_id")
    scenario = parse_scenario(document, available=AVAILABLE)
    assert (scenario.projects, scenario.payment_method, scenario.pays_invoices) == (("default",), None, True)
    assert scenario.starts_on == date(2024, 2, 1)


def test_every_key_of_an_activation_is_accepted_where_the_type_has_no_use_for_it():
    parse(
        elastic("2024-01-01", commitment="12000.00", months=12, elastic=True, unit_price="0.9", marketplace="AWS"),
        elastic("2024-01-01", commitment=None, months=None, unit_price=None, marketplace=None, starts=None),
    )


@pytest.mark.parametrize("key", ["catalogue", "organization", "timeline", "until"])
def test_a_file_without_a_key_is_refused(key):
    assert place_of(without(a_scenario(until=UNTIL), key)) == key


@pytest.mark.parametrize("key", ["name", "billing_contact", "address", "currency"])
def test_an_organization_without_a_key_is_refused(key):
    document = a_scenario(until=UNTIL)
    document["organization"] = without(document["organization"], key)
    assert place_of(document) == f"organization.{key}"


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({"until": "2024-02-30"}, "until"),
        ({"until": "01.02.2024"}, "until"),
        ({"until": "9999-01-01"}, "until"),
        ({"until": None}, "until"),
        ({"catalogue": "other"}, "catalogue"),
        ({"catalogue": "neon"}, "catalogue"),
        ({"catalogue": ["atlas"]}, "catalogue"),
        ({"payment_method": "card"}, "payment_method"),
        ({"projects": ["shop", "shop"]}, "projects"),
        ({"projects": "shop"}, "projects"),
        ({"projects": ["shop", "x" * 101]}, "projects[1]"),
        ({"pays_invoices": "no"}, "pays_invoices"),
        ({"projects": ["sh\top"]}, "projects[0]"),
        ({"timeline": {}}, "timeline"),
        ({"timeline": ["usage"]}, "timeline[0]"),
        ({"color": "red"}, "color"),
        ({"organization": []}, "organization"),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(broken, place):
    assert place_of(a_scenario(until=UNTIL) | broken) == place


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (usage("2024-01-10", "-1.00"), "amount"),
        (usage("2024-01-10", "1.005"), "amount"),
        (usage("2024-01-10", "1e400"), "amount"),
        (usage("2024-01-10", "NaN"), "amount"),
        (usage("2024-01-10", "9000000000.01"), "amount"),
        (usage("2024-01-10", "9" * 40), "amount"),
        (usage("2024-01-10", 12), "amount"),
        (usage("2024-01-10", None), "amount"),
        (usage("2024-02-30", "1.00"), "on"),
        (usage("1999-12-31", "1.00"), "on"),
        (usage("2024-01-10", "1.00", project="lab"), "project"),
        (usage("2024-01-10", "1.00", service=" "), "service"),
        (usage("2024-01-10", "1.00", service="a\nb"), "service"),
        (usage("2024-01-10", "1.00", provider="IBM"), "provider"),
        (usage("2024-01-10", "1.00", sku="M30"), "sku"),
        (usage("2024-01-10", "1.00", quantity="1", unit_price="1"), "amount"),
        (without(usage("2024-01-10", "1.00", quantity="1"), "amount"), "unit_price"),
        (without(usage("2024-01-10", "", quantity="1" * 11, unit_price="1"), "amount"), "quantity"),
        (without(usage("2024-01-10", "", quantity="9000000000", unit_price="2"), "amount"), "quantity"),
        (without(usage("2024-01-10", "1.00"), "on"), "on"),
        (without(usage("2024-01-10", "1.00"), "do"), "do"),
        (daily_usage("2024-01-10", "2024-01-09", "1.00"), "to"),
        (daily_usage("2024-01-10", "2024-01-11", "1.00", on="2024-01-10"), "on"),
        (without(daily_usage("2024-01-10", "2024-01-11", "1.00"), "to"), "to"),
        (elastic("2024-01-10", months=0), "months"),
        (elastic("2024-01-10", months="12"), "months"),
        (elastic("2024-01-10", starts="2024-01-09"), "starts"),
        (elastic("2024-01-10", elastic_unit_price="0"), "elastic_unit_price"),
        (elastic("2024-01-10", elastic_unit_price="1000001"), "elastic_unit_price"),
        (elastic("2024-01-10", elastic_unit_price="-1"), "elastic_unit_price"),
        (elastic("2024-01-10", unit_price="x"), "unit_price"),
        (elastic("2024-01-10", commitment="x"), "commitment"),
        (elastic("2024-01-10", elastic="yes"), "elastic"),
        (elastic("2024-01-10", price="1"), "price"),
        (elastic("2024-01-10", type="rubber"), "type"),
        (elastic("2024-01-10", type="monthly_commitment", months=12), "commitment"),
        (elastic("2024-01-10", type="monthly_commitment", commitment="12000.00"), "months"),
        (elastic("2024-01-10", type="prepaid", commitment="0.00", months=12), "commitment"),
        (elastic("2024-01-10", type="prepaid", commitment="100000000000.01", months=12), "commitment"),
        (elastic("2024-01-10", type="marketplace", marketplace="IBM"), "marketplace"),
        (step("2024-01-10", "set_payment_method", method="cash"), "method"),
        (step("2024-01-10", "set_payment_method"), "method"),
        (step("2024-01-10", "set_tax_id"), "tax_id"),
        (step("2024-01-10", "set_tax_id", tax_id="9" * 41), "tax_id"),
        (step("2024-01-10", "set_address"), "address"),
        (step("2024-01-10", "set_address", address={"country": "DE"}), "address.city"),
        (step("2024-01-10", "retry_payments", method="card_ok"), "method"),
        (grant("2024-01-10", kind="gift"), "kind"),
        (grant("2024-01-10", amount="0.00"), "amount"),
        (grant("2024-01-10", ends="2023-12-31"), "ends"),
        (grant("2024-01-10", priority=0), "priority"),
        (step("2024-01-10", "support_tier"), "tier"),
        (step("2024-01-10", "metric"), "do"),
        (step("2024-01-10", "dance"), "do"),
    ],
)
def test_a_wrong_step_is_refused_at_its_place(broken, place):
    assert place_of(a_scenario(usage("2024-01-01", "1.00"), broken, until=UNTIL)) == f"timeline[1].{place}"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (a_scenario(until=UNTIL, catalogue="neon"), 'catalogue: "neon" is not there yet'),
        (
            a_scenario(step("2024-01-01", "metric"), until=UNTIL),
            'timeline[0].do: "metric" is not there yet',
        ),
    ],
)
def test_what_is_to_come_is_refused_by_its_name(document, sentence):
    with pytest.raises(Malformed) as refused:
        parse_scenario(document, available=AVAILABLE)
    assert str(refused.value) == sentence


def test_a_method_may_be_taken_away_and_so_may_a_tax_id():
    scenario = parse(
        step("2024-01-10", "set_payment_method", method=None), step("2024-01-10", "set_tax_id", tax_id=None)
    )
    assert [type(one).__name__ for one in scenario.steps] == ["SetPaymentMethod", "SetTaxId"]


def test_a_days_steps_have_an_order_of_their_own():
    scenario = parse(
        step("2024-01-10", "retry_payments"),
        step("2024-01-10", "set_payment_method", method="card_declines"),
        step("2024-01-11", "retry_payments"),
        step("2024-01-10", "set_payment_method", method="card_ok"),
    )
    steps = scenario.steps_on(date(2024, 1, 10))
    assert [type(one).__name__ for one in steps] == ["SetPaymentMethod", "SetPaymentMethod", "RetryPayments"]
    assert [one.method for one in steps if isinstance(one, SetPaymentMethod)] == ["card_declines", "card_ok"]


def test_a_template_counts_its_days_from_today():
    template = '["{month-0}-01", "{month-2}-15", "{month-1 end}", "{month-14}", "{month+1 end}", "{today}"]'
    found = json.loads(materialise(template, today=date(2024, 3, 31)))
    assert found == ["2024-03-01", "2024-01-15", "2024-02-29", "2023-01", "2024-04-30", "2024-03-31"]


@pytest.mark.parametrize("today", [date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)])
def test_working_days_are_counted_back_over_the_weekend(today):
    found = json.loads(materialise('["{workday-1}", "{workday-6} 09:00"]', today=today))
    assert found == ["2026-11-20", "2026-11-13 09:00"]


def test_a_placeholder_that_means_nothing_is_refused():
    with pytest.raises(Exception, match="workday"):
        materialise('"{workday}"', today=date(2024, 3, 31))
    with pytest.raises(Exception, match="month"):
        materialise('"{month}-01"', today=date(2024, 3, 31))
