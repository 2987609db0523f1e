"""Opening a case: the form of each vendor, who gets it, and what is wrong beside each field."""

from __future__ import annotations

import pytest

from portal import catalogues, clock
from portal.models.organizations import Organization, User
from portal.services import case_drafts, cases, support_blocks, support_syncs
from portal.services.case_drafts import Place
from tests.blueprints.casework import FIRST_PEOPLE, filled_in, lets_open_cases, reading, signed_in, writing

DATABASES = ("sqlite",)


@pytest.fixture(autouse=True)
def supported(app, world):
    lets_open_cases(app, world)


@pytest.mark.parametrize("slug", FIRST_PEOPLE)
def test_the_form_of_each_vendor_opens_a_case(app, world, slug):
    visitor = signed_in(app, FIRST_PEOPLE[slug])
    page = visitor.get(f"/orgs/{slug}/support/cases/new")
    words = catalogues.load(world.organizations[slug].catalogue).words
    assert page.h1 == words.case_form
    opened = page.submit(f"/orgs/{slug}/support/cases", **filled_in(world, slug))
    assert opened.status == 303
    shown = opened.follow()
    assert shown.h1 == "Nothing connects"
    assert "Since noon." in shown.text
    assert "has the number" in shown.text
