"""The access matrix on both databases: who is shown, in which order, and page by page."""

from __future__ import annotations

import pytest

from portal import catalogues
from portal.domain.permissions import Action
from portal.models.teams import TeamMember, TeamProjectRole
from portal.services import access_matrix, organizations
from portal.services.access_matrix import Question
from tests import customers
from tests.members import AT, a_member
from tests.teams import a_team
from tests.world import World

ROLES = catalogues.load("atlas").roles


@pytest.fixture
def acme(session):
    customer = customers.a_customer(session)
    lab = organizations.create_project(session, customer.organization, "lab", at=AT)
    a_member(session, customer.organization, "Olga", "ORG_OWNER")
    a_member(session, customer.organization, "anna", "ORG_MEMBER", projects={lab.id: ["GROUP_OWNER"]})
    teamed = a_member(session, customer.organization, "Ben", "ORG_MEMBER")
    team = a_team(session, World({"acme": customer.organization}, {}, []), "acme")
    session.add_all(
        [
            TeamMember(team_id=team.id, membership_id=teamed.id),
            TeamProjectRole(team_id=team.id, project_id=customer.project.id, role="GROUP_OWNER"),
        ]
    )
    session.flush()
    session.expire_all()
    return customer, lab


def names(session, customer, question, **asked):
    found = access_matrix.page(session, customer.organization.id, question, **({"after": None, "limit": 9} | asked))
    return [one.user.name for one in found]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (None, ["anna", "Ben", "Olga"]),
        (Action.VIEW_BILLING, ["Olga"]),
        (Action.MANAGE_PROJECT_ALERTS, ["anna", "Ben"]),
        (Action.VIEW_PROJECT, ["anna", "Ben", "Olga"]),
    ],
)
def test_who_can_do_something_by_a_role_a_project_or_a_team(session, acme, action, expected):
    customer, lab = acme
    question = Question(roles=ROLES, projects={customer.project.id: "shop", lab.id: "lab"}, who_can=action)
    assert names(session, customer, question) == expected
    assert access_matrix.count(session, customer.organization.id, question) == len(expected)


def test_a_role_in_a_project_that_is_not_asked_about_does_not_count(session, acme):
    customer, lab = acme
    question = Question(roles=ROLES, projects={lab.id: "lab"}, who_can=Action.MANAGE_PROJECT_ALERTS)
    assert names(session, customer, question) == ["anna"]


def test_pages_follow_each_other_by_name(session, acme):
    customer, _ = acme
    question = Question(roles=ROLES, projects={})
    (first,) = access_matrix.page(session, customer.organization.id, question, after=None, limit=1)
    assert names(session, customer, question, after=first.id) == ["Ben", "Olga"]
    assert names(session, customer, Question(roles=ROLES, projects={}, search="OLGA@")) == ["Olga"]
    assert [len(part) for part in access_matrix.everybody(session, customer.organization.id, question)] == [3]
