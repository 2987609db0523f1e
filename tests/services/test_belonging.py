"""Belonging to an organization: asked on every page, with all roles that count there."""

from __future__ import annotations

import pytest

from portal.services import belonging, organizations, teams
from tests.customers import a_customer
from tests.members import AT, a_member, a_user
from tests.statements import asked


@pytest.fixture
def acme(session):
    return a_customer(session).organization


@pytest.fixture
def nina(session, acme):
    """Somebody with roles in the organization, in a project, and through a team in another."""
    shop = organizations.projects_of(session, acme)[0]
    lab = organizations.create_project(session, acme, "lab", at=AT)
    owner = a_member(session, acme, "Olga", "ORG_OWNER").user
    member = a_member(session, acme, "Nina", "ORG_MEMBER", "ORG_BILLING_READ_ONLY", projects={shop.id: ["GROUP_OWNER"]})
    team = teams.create(session, acme, "Night shift", by=owner, at=AT)
    teams.add_person(session, acme, team, member.user.email, by=owner, at=AT)
    for project in (shop, lab):
        teams.give_role(session, team, project, "GROUP_BACKUP_MANAGER", by=owner, at=AT)
    return member.user


def test_roles_of_ones_own_and_of_ones_teams_count_together(session, acme, nina):
    found = belonging.find(session, user_id=nina.id, slug=acme.slug)
    assert found
    assert found.organization is acme
    assert found.grants.organization_roles == {"ORG_MEMBER", "ORG_BILLING_READ_ONLY"}
    assert sorted(map(sorted, found.grants.project_roles.values())) == [
        ["GROUP_BACKUP_MANAGER"],
        ["GROUP_BACKUP_MANAGER", "GROUP_OWNER"],
    ]


def test_it_says_the_same_as_the_list_of_ones_memberships(session, acme, nina):
    session.expire_all()
    (member,) = organizations.memberships_of(session, nina.id)
    found = belonging.find(session, user_id=nina.id, slug=acme.slug)
    assert found
    assert found.grants == organizations.grants_of(member)


def test_strangers_and_unknown_organizations_look_alike(session, acme, nina):
    other = a_customer(session, "cobalt").organization
    assert belonging.find(session, user_id=nina.id, slug=other.slug) is None
    assert belonging.find(session, user_id=nina.id, slug="nobody") is None
    assert belonging.find(session, user_id=a_user(session, "Rita").id, slug=acme.slug) is None


def test_it_is_two_questions_however_many_roles_there_are(session, acme, nina, engine):
    user_id = nina.id
    session.flush()
    with asked(engine) as statements:
        assert belonging.find(session, user_id=user_id, slug="acme")
    assert len(statements) == 2
