"""The vendors' support policies: each vendor has one with an earlier version, and its tables are the catalogue's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal import catalogues
from portal.services import support_policies
from portal.services.support_policies import AS_TODAY

LATER = date(2999, 1, 1)


@pytest.mark.parametrize("name", catalogues.names())
def test_every_vendor_has_a_policy_and_an_earlier_version_of_it(name: str) -> None:
    newest, *earlier = support_policies.posted(name, on=LATER)
    assert earlier
    assert support_policies.in_force(name, newest.posted_on) == newest.version
    assert support_policies.in_force(name, newest.posted_on - timedelta(days=1)) == earlier[0].version
    assert support_policies.posted(name, on=earlier[-1].posted_on) == [earlier[-1]], "what comes later is not shown yet"


@pytest.mark.parametrize("name", catalogues.names())
def test_the_newest_version_has_the_catalogues_severities_examples_and_times(name: str) -> None:
    catalogue = catalogues.load(name)
    text = support_policies.text_of(catalogue, support_policies.posted(name, on=LATER)[0])
    assert "{" not in text
    for severity in catalogue.severities.values():
        assert f"| {severity.name} | {severity.description} |" in text
        assert all(example in text for example in severity.examples)
    assert AS_TODAY not in text


def test_times_are_those_of_the_plans() -> None:
    text = support_policies.text_of(catalogues.load("neon"), support_policies.posted("neon", on=LATER)[0])
    assert "| Severity | Community | Standard | Priority | Enterprise |" in text
    assert "Standard: < 2 hours, in business hours; Gold: < 1 hour, around the clock |" in text


@pytest.mark.parametrize("name", catalogues.names())
def test_an_earlier_version_holds_its_tables_itself(name: str) -> None:
    catalogue = catalogues.load(name)
    for version in support_policies.posted(name, on=LATER)[1:]:
        assert support_policies.text_of(catalogue, version, is_in_force=False) == version.text


def test_an_earlier_version_without_a_table_of_its_own_says_that_it_is_as_of_today() -> None:
    catalogue, version = catalogues.load("atlas"), support_policies.posted("atlas", on=LATER)[0]
    assert support_policies.text_of(catalogue, version, is_in_force=False).count(AS_TODAY) == 2


def test_a_vendor_without_a_policy_has_none() -> None:
    assert support_policies.in_force("nobody", LATER) is None
