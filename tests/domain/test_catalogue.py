"""Catalogue files: the values of docs/rules/catalogues.md, and mistakes named by file, key and what is expected."""

from __future__ import annotations

import copy
import tomllib
from decimal import Decimal
from typing import Any

import pytest

from portal import catalogues
from portal.domain.catalogue import FlatFee, Free, Obtained, OnRequest, Origin, PercentOfUsage
from portal.domain.catalogue_reading import parse_catalogue
from portal.domain.errors import Malformed, Refusal
from portal.domain.money import Money
from portal.domain.settlement import Method

ATLAS = tomllib.loads((catalogues.FOLDER / "atlas.toml").read_text("utf-8"))
GONE = object()


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def changed(place: str, value: object) -> dict[str, object]:
    """The catalogue with one value changed, added or (GONE) taken away; `place` as in the messages."""
    table = copy.deepcopy(ATLAS)
    *way, last = place.replace("[", ".").replace("]", "").split(".")
    here: Any = table
    for step in way:
        here = here[int(step) if isinstance(here, list) else step]
    if value is GONE:
        del here[last]
    else:
        here[last] = value
    return table


MISTAKES = [
    ("title", GONE, "is missing"),
    ("title", 7, "a text is expected"),
    ("colour", "blue", "is not known here"),
    ("support_rules", "2025", "one of 2024, legacy is expected, not '2025'"),
    ("roles.ORG_MEMBER.name", GONE, "is missing"),
    ("roles.ORG_MEMBER.organization", "view_settings", "a list of texts is expected"),
    ("roles.ORG_MEMBER.own_project", [], "is not known here"),
    ("roles.ORG_READ_ONLY.support_rules.2026", {}, "one of 2024, legacy is expected"),
    ("support_plans.pro.price.percent", GONE, "is missing"),
    ("support_plans.pro.price.per_month", "1.00", "is not known here"),
    ("support_plans.pro.price.percent", "-1", "a number of at least 0 is expected"),
    ("support_plans.pro.price.at_least_per_month", "799.001", "at most 2 decimals are expected"),
    ("support_plans.pro.origin", "guess", "one of demo, inferred, source is expected, not 'guess'"),
    ("support_plans.pro.rank", "2", "a whole number from 0 to 100 is expected"),
    ("payment_labels.unpaid", GONE, "is missing"),
    ("payment_labels.cheque", "Cheque", "is not known here"),
    ("payment_terms.days", 400, "a whole number from 0 to 365 is expected"),
    ("first_response[1].plan", "gold", "one of basic, developer, enterprise, pro is expected, not 'gold'"),
    ("first_response[1].plan", "developer", "the targets of developer stand twice"),
    ("first_response[1].minutes.2", GONE, "is missing"),
    ("first_response[1].minutes.5", 5, "is not known here"),
    ("consulting_packages.scale.units", 0, "a whole number from 1 to 1000000000 is expected"),
]


@pytest.mark.parametrize(("place", "value", "expected"), MISTAKES)
def test_a_mistake_is_named_by_file_key_and_what_is_expected(place, value, expected):
    with pytest.raises(Malformed) as caught:
        parse_catalogue(changed(place, value), name="atlas", source="atlas.toml")
    assert str(caught.value) == f"atlas.toml: {place}: {expected}"


@pytest.mark.parametrize("action", ["fly", "view_project"])
def test_a_role_cannot_grant_what_there_is_not_or_what_is_asked_of_projects(action):
    table = changed("roles.ORG_MEMBER.organization", [action])
    with pytest.raises(Malformed, match=rf"^atlas.toml: roles.ORG_MEMBER.organization: one of .*, not '{action}'$"):
        parse_catalogue(table, name="atlas", source="atlas.toml")


def test_what_other_support_rules_would_grant_is_checked_too():
    table = changed("roles.ORG_READ_ONLY.support_rules", {"legacy": {"organization": ["fly"]}})
    with pytest.raises(Malformed, match=r"roles.ORG_READ_ONLY.support_rules.legacy.organization"):
        parse_catalogue(table, name="atlas", source="atlas.toml")


def test_sections_that_a_vendor_does_not_have_are_empty():
    neon = catalogues.load("neon")
    assert not neon.support_plans
    assert not neon.consulting_packages


def test_the_support_plans_have_the_agreed_prices():
    plans = catalogues.load("atlas").support_plans
    assert list(plans) == ["basic", "developer", "pro", "enterprise"]
    assert plans["basic"].price == Free()
    assert plans["basic"].obtained is Obtained.ALWAYS
    assert plans["developer"].price == FlatFee(usd("60.00"))
    assert plans["developer"].trial_days == 30
    assert plans["pro"].price == PercentOfUsage(Decimal(10), usd("799.00"))
    assert plans["pro"].trial_days is None
    assert plans["enterprise"].price == OnRequest()
    assert plans["enterprise"].obtained is Obtained.CONTACT


def test_only_basic_opens_no_cases():
    plans = catalogues.load("atlas").support_plans.values()
    assert [plan.key for plan in plans if not plan.opens_cases] == ["basic"]


def test_the_first_response_targets_are_the_agreed_ones():
    targets = catalogues.load("atlas").first_response
    minutes = {plan: list(target.minutes_by_severity.values()) for plan, target in targets.items()}
    assert minutes == {
        "developer": [480, 480, 480, 480],
        "pro": [120, 240, 480, 480],
        "enterprise": [15, 60, 120, 120],
    }
    assert all(target.is_promise for target in targets.values())


def test_the_consulting_packages_are_the_agreed_ones():
    packages = catalogues.load("atlas").consulting_packages.values()
    assert [(package.key, package.units, package.price) for package in packages] == [
        ("accelerate", 8, usd("2800.00")),
        ("scale", 20, usd("6600.00")),
        ("transform", 50, usd("15500.00")),
    ]
    assert {package.valid_days for package in packages} == {365}


def test_what_nobody_publishes_is_marked_as_demo():
    atlas = catalogues.load("atlas")
    priced = [plan for plan in atlas.support_plans.values() if plan.price != Free()]
    made_up: list[Any] = [*priced, *atlas.first_response.values(), *atlas.consulting_packages.values()]
    assert {thing.origin for thing in made_up} == {Origin.DEMO}


@pytest.mark.parametrize(("name", "days"), [("atlas", 30), ("aiven", 10), ("neon", 30)])
def test_the_payment_terms_are_the_agreed_ones(name, days):
    assert catalogues.load(name).payment_terms_days == days


def test_every_way_to_settle_has_its_name():
    assert set(catalogues.load("atlas").payment_labels) == {method.value for method in Method}


def test_every_subscription_type_is_described():
    assert set(catalogues.load("atlas").subscription_types) == {
        "elastic", "flex_commitment", "monthly_commitment", "prepaid", "marketplace", "gcp_monthly_commitment",
    }  # fmt: skip


def test_the_catalogues_are_the_files_of_the_folder():
    assert catalogues.names() == ("aiven", "atlas", "neon")


@pytest.mark.parametrize("name", ["tax", "seller", "../atlas", "oracle", ""])
def test_what_is_no_catalogue_is_refused(name):
    with pytest.raises(Refusal, match="There is no catalogue"):
        catalogues.load(name)
