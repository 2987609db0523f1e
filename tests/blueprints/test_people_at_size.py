"""The list of people asks the database as often for ten thousand as for a few."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from portal import database
from portal.models.organizations import Membership, OrganizationRole, User
from tests.pages import Visitor, counted
from tests.world import AT

DATABASES = ("sqlite",)
OWNER = "org_owner@acme.example"
MANY = 10_000


@pytest.fixture
def crowd(app, world):
    """Ten thousand more members."""
    acme = world.organizations["acme"].id
    people = [
        {"email": f"p{number}@crowd.example", "name": f"Person {number:05}", "password_hash": "x", "created_at": AT}
        for number in range(MANY)
    ]

    def come():
        with database.writing(app.extensions["database"]).begin() as session:
            session.execute(insert(User), people)
            ids = session.scalars(select(User.id).where(User.email.like("%@crowd.example"))).all()
            joined = [{"organization_id": acme, "user_id": one, "created_at": AT} for one in ids]
            session.execute(insert(Membership), joined)
            members = session.scalars(select(Membership.id).where(Membership.user_id.in_(ids[:2_000]))).all()
            session.execute(insert(OrganizationRole), [{"membership_id": one, "role": "ORG_MEMBER"} for one in members])

    return come


@pytest.mark.parametrize("query", ["", "?q=example", "?role=ORG_MEMBER"])
def test_the_list_of_people_asks_as_often_for_ten_thousand_as_for_a_few(app, world, crowd, query):
    visitor = Visitor(app)
    visitor.sign_in(OWNER)
    path = f"/orgs/acme/people{query}"
    visitor.get(path)
    with counted(app) as few:
        visitor.get(path)
    crowd()
    with counted(app) as many:
        page = visitor.get(path)
    assert len(many) == len(few)
    assert "Person 0" in page.text
