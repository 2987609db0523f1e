"""All organizations in pages, for staff: found by a part of their names, in any case and with any sign."""

from __future__ import annotations

import pytest

from portal.services import organizations
from tests.world import AT

NAMES = {"acme": "Acme GmbH", "borealis": "Borealis", "cobalt": "100% Cobalt", "delta": "Delta_Works"}


@pytest.fixture
def four(session):
    for slug, name in NAMES.items():
        organizations.create_organization(session, slug, name=name, catalogue="atlas", at=AT)


@pytest.mark.parametrize(
    ("search", "slugs"),
    [
        ("", [*NAMES]),
        ("ACME", ["acme"]),
        ("gmbh", ["acme"]),
        ("al", ["borealis", "cobalt"]),
        ("100%", ["cobalt"]),
        ("a_", ["delta"]),
        ("nobody", []),
    ],
)
def test_an_organization_is_found_by_a_part_of_its_name(session, four, search, slugs):
    found = organizations.list_organizations(session, search=search, number=1, size=10)
    assert [one.slug for one in found.items] == slugs
    assert found.total == len(slugs)


def test_a_list_in_pages_has_everyone_once_and_ends_with_its_last_page(session, four):
    pages = [organizations.list_organizations(session, search="", number=number, size=3) for number in (1, 2, 9)]
    assert [[one.slug for one in page.items] for page in pages] == [[*NAMES][:3], [*NAMES][3:], [*NAMES][3:]]
    assert [(page.number, page.total) for page in pages] == [(1, 4), (2, 4), (2, 4)]
