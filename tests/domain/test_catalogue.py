"""Catalogue files: mistakes are named by file, key and what is expected; what all catalogues have."""

from __future__ import annotations

import copy
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from portal import catalogues
from portal.domain.catalogue_reading import parse_catalogue
from portal.domain.catalogue_reading.calendars import parse_calendars
from portal.domain.errors import Malformed, Refusal
from portal.domain.support_plans import Availability, ChannelKind

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = {
    name: tomllib.loads((catalogues.FOLDER / f"{name}.toml").read_text("utf-8"))
    for name in (*catalogues.names(), "calendars")
}
CALENDARS = catalogues.load_calendars()
GONE = object()
HOURS_EXPECTED = "hours are expected, for example 09:00-17:00 or 00:00-24:00"
ZONE_EXPECTED = "a time zone is expected, for example Europe/Berlin or UTC-08:00"


def changed(place: str, value: object, *, of: str) -> dict[str, object]:
    """The file with one value changed, added or (GONE) taken away; `place` as in the messages."""
    table = copy.deepcopy(TABLES[of])
    *way, last = place.replace("[", ".").replace("]", "").split(".")
    here: Any = table
    for step in way:
        here = here[int(step) if isinstance(here, list) else step]
    if value is GONE:
        del here[last]
    else:
        here[last] = value
    return table


def complaint(table: object, name: str) -> str:
    with pytest.raises(Malformed) as caught:
        parse_catalogue(table, name=name, source=f"{name}.toml", calendars=CALENDARS)
    return str(caught.value)


MISTAKES = [
    ("atlas", "title", GONE, "is missing"),
    ("atlas", "title", 7, "a text is expected"),
    ("atlas", "colour", "blue", "is not known here"),
    ("atlas", "support_rules", "2025", "one of 2024, legacy is expected, not '2025'"),
    ("atlas", "plan_binding", "loose", "one of bundled, standalone is expected, not 'loose'"),
    ("atlas", "invoice_scope", GONE, "is missing"),
    ("atlas", "words.my_cases", GONE, "is missing"),
    ("atlas", "words.motto", "Onward", "is not known here"),
    ("atlas", "roles.ORG_MEMBER.name", GONE, "is missing"),
    ("atlas", "roles.ORG_MEMBER.organization", "view_settings", "a list of texts is expected"),
    ("atlas", "roles.ORG_MEMBER.own_project", [], "is not known here"),
    ("atlas", "roles.ORG_READ_ONLY.support_rules.2026", {}, "one of 2024, legacy is expected"),
    ("atlas", "projects", GONE, "is missing"),
    ("atlas", "projects.units", GONE, "is missing"),
    ("atlas", "projects.moves", "yes", "true or false is expected"),
    ("aiven", "projects.creator_role", "member",
     "one of developer, operator, project_admin, read_only is expected, not 'member'"),
    ("atlas", "projects.creator_role", GONE, "a role with view_project is expected, since ORG_GROUP_CREATOR has none"),
    ("atlas", "projects.colour", "blue", "is not known here"),
    ("atlas", "support_plans.pro.price.percent", GONE, "is missing"),
    ("atlas", "support_plans.pro.price.per_month", "1.00", "is not known here"),
    ("atlas", "support_plans.pro.price.percent", "-1", "a number of at least 0 is expected"),
    ("atlas", "support_plans.pro.price.at_least_per_month", "799.001", "at most 2 decimals are expected"),
    ("atlas", "support_plans.pro.price.origin", "guess", "one of demo, inferred, source is expected, not 'guess'"),
    ("atlas", "support_plans.pro.origin", GONE, "is missing"),
    ("atlas", "support_plans.pro.rank", "2", "a whole number from 0 to 100 is expected"),
    ("atlas", "support_plans.pro.rank", 1, "another rank than that of developer is expected"),
    ("atlas", "support_plans.pro.obtained", "with_pricing_plan", "with_pricing_plan does not go with standalone plans"),
    ("atlas", "severities.4.rank", 2, "another rank than that of 2 is expected"),
    ("atlas", "payment_labels.unpaid", GONE, "is missing"),
    ("atlas", "payment_labels.elastic", GONE, "is missing"),
    ("atlas", "payment_labels.gcp_elastic", GONE, "is missing"),
    ("atlas", "payment_labels.cheque", "Cheque", "is not known here"),
    ("atlas", "payment_terms.days", 400, "a whole number from 0 to 365 is expected"),
    ("atlas", "response_targets[1].plan", "gold", "one of basic, developer, enterprise, pro is expected, not 'gold'"),
    ("atlas", "response_targets[2].severities", ["1"], "the target of pro for 1 stands twice"),
    ("atlas", "response_targets[2].severities", [], "at least one of 1, 2, 3, 4 is expected"),
    ("atlas", "response_targets[2].severities", ["5"], "one of 1, 2, 3, 4 is expected, not '5'"),
    ("atlas", "response_targets[1].amount", 0, "a whole number from 1 to 10000 is expected"),
    ("atlas", "response_targets[1].calendar", "neon_doc", "is not known here"),
    ("atlas", "response_targets[1].variant", "gold", "is not known here"),
    ("atlas", "channels.phone.plans.pro", GONE, "is missing"),
    ("atlas", "channels.phone.plans.gold", "included", "is not known here"),
    ("atlas", "channels.phone.without_plan", "included", "is not known here"),
    ("atlas", "channels.phone.url", "javascript:alert(1)", "an address that begins with https:// is expected"),
    ("atlas", "contacts.sales.email", "sales", "an e-mail address is expected"),
    ("atlas", "contacts.sales.email", GONE,
     "an e-mail address here, an address in url or a number in phone is expected"),
    ("atlas", "contacts.phone.phone", "0800", "a number like +44 20 7946 0000 is expected"),
    ("atlas", "contacts.fax", {}, "is not known here"),
    ("atlas", "change_rules[0].effective", GONE, "is missing"),
    ("atlas", "change_rules[0].to_plan", "gold", "one of basic, developer, enterprise, pro is expected, not 'gold'"),
    ("atlas", "change_rules[0].months_ahead", 2, "is not known here"),
    ("atlas", "change_rules[0].mode", "contact_account_team", "a section contacts.account_team is expected for it"),
    ("atlas", "case_form.severity.options", {"1": "One"}, "options are expected for a select field, and for no other"),
    ("atlas", "case_policy.cc_most", 48, "a table of named values is expected"),
    ("atlas", "case_policy.cc_most.value", "48", "a whole number from 0 to 1000 is expected"),
    ("atlas", "case_policy.cc_most.origin", GONE, "is missing"),
    ("atlas", "case_policy.autoclose", {}, "is not known here"),
    ("atlas", "consulting_packages.scale.units", 0, "a whole number from 1 to 1000000000 is expected"),
    ("atlas", "subscription_types.elastic.origin", GONE, "is missing"),
    ("aiven", "channels.phone.without_plan", GONE, "is missing"),
    ("aiven", "channels.phone.plans.business.is", "maybe",
     "one of blank, case_by_case, included, not_included is expected, not 'maybe'"),
    ("aiven", "channels.phone.plans.business.severities", ["1"], "one of critical, high, low is expected, not '1'"),
    ("aiven", "response_targets[0].calendar", GONE, "is missing"),
    ("aiven", "response_targets[5].unit", "business_day",
     "the elapsed clock has no business days: minute, hour or day is expected"),
    ("aiven", "response_targets[1].day_counting", "nominal", "is not known here"),
    ("neon", "support_plans.standard.obtained", "always", "always does not go with bundled plans"),
    ("neon", "response_targets[2].variant", GONE, "is missing"),
    ("neon", "response_targets[2].variant", "silver", "one of gold, standard is expected, not 'silver'"),
    ("neon", "pricing_plans.scale.support_plan", "gold",
     "one of community, enterprise, priority, standard is expected, not 'gold'"),
    ("neon", "pricing_plans.scale.allowances.seats", {}, "is not known here"),
    ("neon", "pricing_plans.scale.allowances.storage_gib.step", "0", "a number above 0 is expected"),
    ("neon", "case_form.business_impact.condition.field", "mood", "the key of another field is expected"),
    ("neon", "case_form.business_impact.condition.value", "9", "one of 1, 2, 3, 4 is expected, not '9'"),
    ("neon", "case_form.business_impact.max_length", 20, "a whole number from 30 to 1000000000 is expected"),
    ("neon", "case_policy.severity_when_missing.value", "5", "one of 1, 2, 3, 4 is expected, not '5'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place", "value", "expected"), MISTAKES)
def test_a_mistake_is_named_by_file_key_and_what_is_expected(name, place, value, expected):
    assert complaint(changed(place, value, of=name), name) == f"{name}.toml: {place}: {expected}"


@pytest.mark.parametrize(
    ("name", "place", "value", "expected"),
    [
        # What is wrong shows at another place than the one that was changed.
        ("atlas", "response_targets[0].severities", ["1", "2", "4"],
         "response_targets: a target of developer for 3 is expected"),
        ("neon", "response_targets[7].severities", ["3"],
         "response_targets: a target of enterprise in gold for 4 is expected"),
        ("atlas", "change_rules[0].change", "cancel_in_trial",
         "change_rules[6].change: the rule for this change stands twice"),
        ("aiven", "without_plan", GONE, "channels.forum.without_plan: is not known here"),
        ("aiven", "regions.cet.default", False, "regions: exactly one region with default = true is expected"),
        ("aiven", "regions.est.calendars.lunch", "aiven_est",
         "regions.est.calendars: the names business_days, business_hours are expected"),
        ("aiven", "regions.est.calendars.business_hours", "aiven_pst",
         f"regions.est.calendars.business_hours: one of {', '.join(sorted(CALENDARS))} is expected, not 'aiven_pst'"),
        ("neon", "plan_binding", "standalone",
         'pricing_plans: none are expected where plan_binding is "standalone"'),
        ("neon", "pricing_plans.business.support_plan", "standard",
         "support_plans.priority: a pricing plan that it comes with is expected"),
        ("neon", "pricing_plans.scale.allowances.projects.on_exceed", "refuse",
         "pricing_plans.scale.allowances.projects.step: is not known here"),
        ("neon", "pricing_plans.scale.allowances.projects.step", GONE,
         "pricing_plans.scale.allowances.projects.unit_price: is missing"),
        ("neon", "support_plans", {},
         "pricing_plans.free.support_plan: a key of support_plans is expected, and there is none"),
        ("atlas", "change_rules",
         [{"changes": "pricing_plan", "change": "cancel", "mode": "forbidden", "to_plan": "a"}],
         "change_rules[0].to_plan: a key of pricing_plans is expected, and there is none"),
        ("atlas", "severities", {},
         "response_targets[1].severities: nothing is expected: there is nothing to choose from"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_named_where_it_shows(name, place, value, expected):
    assert complaint(changed(place, value, of=name), name) == f"{name}.toml: {expected}"


@pytest.mark.parametrize("action", ["fly", "view_project"])
def test_a_role_cannot_grant_what_there_is_not_or_what_is_asked_of_projects(action):
    said = complaint(changed("roles.ORG_MEMBER.organization", [action], of="atlas"), "atlas")
    assert said.startswith("atlas.toml: roles.ORG_MEMBER.organization: one of ")
    assert said.endswith(f", not '{action}'")


def test_what_other_support_rules_would_grant_is_checked_too():
    table = changed("roles.ORG_READ_ONLY.support_rules", {"legacy": {"organization": ["fly"]}}, of="atlas")
    assert "roles.ORG_READ_ONLY.support_rules.legacy.organization" in complaint(table, "atlas")


def test_a_key_that_could_not_stand_in_a_form_is_refused():
    table = changed("severities", {"very bad": TABLES["atlas"]["severities"]["1"]}, of="atlas")
    expected = "a key of letters, digits and underscores is expected"
    assert complaint(table, "atlas") == f"atlas.toml: severities.very bad: {expected}"


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("calendars.neon_doc.zone", "Mars/Olympus", ZONE_EXPECTED),
        ("calendars.neon_doc.zone", "../etc/passwd", ZONE_EXPECTED),
        ("calendars.neon_doc.hours.monday", "9-5", HOURS_EXPECTED),
        (
            "calendars.neon_doc.hours.monday",
            "17:00-09:00",
            HOURS_EXPECTED,
        ),
        (
            "calendars.neon_doc.hours.monday",
            "09:00-24:30",
            HOURS_EXPECTED,
        ),
        ("calendars.neon_doc.hours.funday", "09:00-17:00", "is not known here"),
        ("calendars.neon_doc.hours", {}, "at least one weekday is expected"),
        ("calendars.neon_doc.holidays", "mars", "one of germany, new_south_wales, us_federal is expected, not 'mars'"),
        ("calendars.neon_doc.nominal_day_minutes", 0, "a whole number from 1 to 1440 is expected"),
        ("holiday_sets.germany.country", "Germany", "the two capital letters of a country are expected"),
    ],
)
def test_a_mistake_in_a_calendar_is_named(place, value, expected):
    with pytest.raises(Malformed) as caught:
        parse_calendars(changed(place, value, of="calendars"), "calendars.toml")
    assert str(caught.value) == f"calendars.toml: {place}: {expected}"


def test_sections_that_a_vendor_does_not_have_are_empty():
    neon = catalogues.load("neon")
    assert not neon.consulting_packages
    assert not neon.regions
    assert not catalogues.load("atlas").pricing_plans


@pytest.mark.parametrize("name", catalogues.names())
def test_a_plan_opens_cases_exactly_where_its_ticket_channel_says_so(name):
    catalogue = catalogues.load(name)
    (tickets,) = [channel for channel in catalogue.channels.values() if channel.kind is ChannelKind.TICKET]
    for plan in catalogue.support_plans.values():
        assert plan.opens_cases == (tickets.plans[plan.key].availability is Availability.INCLUDED)


@pytest.mark.parametrize("name", catalogues.names())
def test_every_plan_that_opens_cases_has_a_target_for_every_severity(name):
    catalogue = catalogues.load(name)
    for plan in catalogue.support_plans.values():
        for severity in catalogue.severities:
            for variant in plan.variants or (None,):
                assert bool(catalogue.target(plan.key, severity, variant=variant)) == plan.opens_cases


def test_the_catalogues_are_the_files_of_the_folder():
    assert catalogues.names() == ("aiven", "atlas", "neon")


@pytest.mark.parametrize("name", ["tax", "seller", "calendars", "../atlas", "oracle", ""])
def test_what_is_no_catalogue_is_refused(name):
    with pytest.raises(Refusal, match="There is no catalogue"):
        catalogues.load(name)


def test_whatever_is_wrong_is_a_mistake_with_a_place_and_never_a_fault_of_ours():
    table, places = copy.deepcopy(TABLES["neon"]), []
    for holder, key in list(every_place(table)):
        value, holder[key] = holder[key], {}
        try:
            parse_catalogue(table, name="neon", source="own.toml", calendars=CALENDARS)
        except Malformed as mistake:
            places.append(mistake.place)
        holder[key] = value
    assert len(places) > 500
    assert all(place.startswith("own.toml: ") for place in places)


def every_place(table: Any) -> Iterator[tuple[Any, Any]]:
    """Each table and list with each of its keys."""
    for key, value in list(table.items() if isinstance(table, dict) else enumerate(table)):
        yield table, key
        if isinstance(value, dict | list):
            yield from every_place(value)
