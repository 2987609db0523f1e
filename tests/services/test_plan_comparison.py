"""The page of plans as values: rows across columns, response times and prices in words (SUP-5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from portal import catalogues
from portal.domain.money import Money
from portal.domain.prices import BasePlusExcess, Free, OnRequest
from portal.domain.response_words import target_in_words
from portal.services.plan_comparison import compare, compare_all, price_in_words


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def plain(entry):
    return [" ".join("".join(map(str, line)).split()) for line in entry.lines]


def row(table, key):
    (found,) = [row for row in table.rows if row.key == key]
    return [plain(entry) for entry in found.entries]


def column(table, key):
    (found,) = [column for column in table.columns if column.key == key]
    return found


def test_every_vendor_stands_side_by_side():
    assert [one.name for one in compare_all()] == list(catalogues.names())


def test_every_row_has_an_entry_for_every_column():
    for vendor in compare_all():
        for table in (vendor.channels, vendor.responses, vendor.allowances):
            assert {len(row.entries) for row in table.rows} <= {len(table.columns)}


def test_a_vendor_without_pricing_plans_has_no_allowances():
    atlas = compare(catalogues.load("atlas"))
    assert (atlas.allowances.columns, atlas.allowances.rows) == ((), ())


def test_where_one_clock_counts_nothing_is_said_of_it():
    atlas = compare(catalogues.load("atlas"))
    assert row(atlas.responses, "1") == [["–"], ["within 8 hours"], ["within 2 hours"], ["within 15 minutes"]]
    assert row(atlas.responses, "2")[3] == ["within 1 hour"]
    assert atlas.hours == ()


def test_where_clocks_differ_each_is_said():
    aiven = compare(catalogues.load("aiven"))
    assert row(aiven.responses, "critical") == [
        ["–"],
        ["same or next business day, best effort"],
        ["within 12 hours, on business days"],
        ["within 15 minutes, in business hours"],
        ["within 15 minutes, around the clock"],
    ]
    assert "In business hours: Monday to Friday, 08:00 to 18:00 in Berlin, without German nationwide holidays." in (
        aiven.hours
    )


def test_an_expectation_is_not_called_a_limit():
    neon = compare(catalogues.load("neon"))
    assert row(neon.responses, "1") == [
        ["–"],
        ["3 business days"],
        ["3 business days"],
        ["Standard: < 2 hours, in business hours", "Gold: < 1 hour, around the clock"],
    ]
    assert row(neon.responses, "2")[3][1] == "Gold: < 1 day, around the clock"


def test_a_target_reads_alike_in_every_region():
    aiven = catalogues.load("aiven")
    target = aiven.target("business", "high")
    assert target is not None
    assert {target_in_words(aiven, target, region=region) for region in aiven.regions} == {
        "within 1 hour, in business hours"
    }


def test_prices_are_words_and_money():
    aiven = compare(catalogues.load("aiven")).channels
    assert column(aiven, "priority").price.lines == (
        ("4.5 %", " of the month’s usage, at least ", usd("500"), " a month"),
    )
    assert not column(aiven, "priority").price.is_demo
    assert column(aiven, "business").price.is_demo
    atlas = compare(catalogues.load("atlas")).channels
    assert column(atlas, "developer").price.lines == ((usd("60.00"), " a month"),)
    assert column(atlas, "developer").trial_days == 30
    assert price_in_words(Free()) == ("Free",)
    assert price_in_words(OnRequest()) == ("On request",)
    assert price_in_words(BasePlusExcess(usd("100"), Decimal("2.50"), usd("5000"))) == (
        usd("100"), " a month, and 2.5 % of the month’s usage above ", usd("5000"),
    )  # fmt: skip


def test_a_plan_that_is_not_bought_names_the_pricing_plans_that_it_comes_with():
    neon = compare(catalogues.load("neon")).channels
    assert plain(column(neon, "standard").price) == ["Comes with the Launch and Scale plans"]
    assert plain(column(neon, "community").price) == ["Comes with the Free plan"]


def test_who_has_no_plan_has_a_column_where_that_can_be():
    aiven = compare(catalogues.load("aiven")).channels
    assert (aiven.columns[0].key, aiven.columns[0].name) == ("", "Free services only")
    (forum,) = [row for row in aiven.rows if row.key == "forum"]
    assert all(entry.is_included for entry in forum.entries)
    (phone,) = [row for row in aiven.rows if row.key == "phone"]
    assert [entry.is_included for entry in phone.entries] == [False, False, False, True, True]
    assert plain(phone.entries[3]) == ["Critical only"]


def test_a_blank_cell_stays_distinct_and_counts_as_not_included():  # NE-2
    neon = compare(catalogues.load("neon")).channels
    (sla,) = [row for row in neon.rows if row.key == "sla"]
    assert [entry.availability for entry in sla.entries] == ["not_included", "not_included", "blank", "included"]
    assert [entry.is_included for entry in sla.entries] == [False, False, False, True]


def test_allowances_say_what_more_costs():
    neon = compare(catalogues.load("neon")).allowances
    assert row(neon, "storage_gib")[:2] == [["0.5 GiB"], ["10 GiB", "then 3.50 for 2 GiB"]]
    assert row(neon, "compute_hours")[0] == ["191.9 hours", "then suspended"]
    assert row(neon, "compute_hours")[3:] == [["1,000 hours", "then 0.16 for each hour"], ["by contract"]]
    assert row(neon, "projects")[:2] == [["1 project"], ["100 projects"]]
    assert row(neon, "projects")[2] == ["1,000 projects", "then 50.00 for 500 projects"]
    assert row(neon, "uptime") == [["–"], ["–"], ["–"], ["99.95 %"], ["by contract"]]
    assert row(neon, "support_plan")[1] == ["Standard"]
    assert plain(column(neon, "enterprise").price) == ["5000.00 a month"]


def test_subscription_types_packages_and_contacts_are_the_catalogues_own():
    atlas = catalogues.load("atlas")
    found = compare(atlas)
    assert found.subscription_types == tuple(atlas.subscription_types.values())
    assert found.consulting_packages == tuple(atlas.consulting_packages.values())
    assert found.contacts["sales"].email == "sales@portal.example"
    assert "phone" not in found.contacts, "the number is for who has a plan with a phone"
    assert compare(replace(atlas, contacts={})).contacts == {}
