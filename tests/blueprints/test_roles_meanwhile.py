"""Roles that are taken away while a page is open: what is clicked next is refused, in the frame, and does nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from portal import database
from portal.models.billing_groups import BillingProfile
from portal.models.organizations import Membership, OrganizationRole, ProjectRole, User
from portal.models.teams import Team
from tests.blueprints.test_billing_pages import OVERVIEW_BUDGET
from tests.pages import Visitor

DATABASES = ("sqlite",)

OWNERS = {
    "acme": "org_owner@acme.example",
    "borealis": "super_admin@borealis.example",
    "cobalt": "admin@cobalt.example",
}
PLAIN = {"acme": "ORG_MEMBER", "borealis": "member", "cobalt": "member"}


def signed_in(app, email):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def demote(app, email, *, to):
    """Leave somebody this role alone, as another owner does from their own browser."""
    with database.writing(app.extensions["database"]).begin() as session:
        member = session.scalars(select(Membership).join(Membership.user).where(User.email == email)).one()
        for table in (OrganizationRole, ProjectRole):
            session.execute(delete(table).where(table.membership_id == member.id))
        session.add(OrganizationRole(membership_id=member.id, role=to))


def found(app, query):
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(query).all()


@pytest.mark.parametrize("slug", OWNERS)
@pytest.mark.parametrize("is_part", [False, True])
def test_a_form_that_was_drawn_for_an_owner_is_refused_from_who_is_none_any_more(app, world, slug, is_part):
    visitor = signed_in(app, OWNERS[slug])
    page = visitor.get(f"/orgs/{slug}/teams/new")
    form = next(one for one in page.soup.select("main form") if one["action"] == f"/orgs/{slug}/teams")
    fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")} | {"name": "Mine"}
    demote(app, OWNERS[slug], to=PLAIN[slug])
    answer = (visitor.post_part if is_part else visitor.post)(form["action"], fields)
    assert answer.status == 403
    assert "Mine" not in found(app, select(Team.name))
    if is_part:
        assert answer.answer.headers["HX-Retarget"] == "#alert"
    else:
        assert answer.soup.select_one(".switch"), "the refusal stands outside the organization’s frame"


def test_what_one_could_do_is_gone_from_the_pages_that_one_opens_next(app, world):
    email = OWNERS["acme"]
    visitor = signed_in(app, email)
    assert visitor.get("/orgs/acme/").soup.find("a", href="/orgs/acme/billing")
    demote(app, email, to="ORG_MEMBER")
    assert not visitor.get("/orgs/acme/").soup.find("a", href="/orgs/acme/billing")
    assert visitor.get("/orgs/acme/billing").status == 403
    assert visitor.part("/orgs/acme/billing/profile/country?country=DE").status == 403


def test_a_billing_profile_that_is_open_is_not_saved_by_who_lost_the_role(app, world):
    email = "org_billing_admin@acme.example"
    visitor = signed_in(app, email)
    page = visitor.get("/orgs/acme/billing/profile")
    demote(app, email, to="ORG_BILLING_READ_ONLY")
    answer = page.submit("/orgs/acme/billing/profile", company="Mine", country="DE", line1="Way 1", city="Berlin")
    assert answer.status == 403
    assert not found(app, select(BillingProfile))
    assert visitor.get("/orgs/acme/billing", budget=OVERVIEW_BUDGET).status == 200


def test_who_is_no_member_any_more_finds_no_organization(app, world):
    email = "org_billing_admin@acme.example"
    visitor = signed_in(app, email)
    page = visitor.get("/orgs/acme/billing/profile")
    with database.writing(app.extensions["database"]).begin() as session:
        member = session.scalars(select(Membership).join(Membership.user).where(User.email == email)).one()
        session.execute(delete(OrganizationRole).where(OrganizationRole.membership_id == member.id))
        session.execute(delete(Membership).where(Membership.id == member.id))
    assert page.submit("/orgs/acme/billing/profile", company="Mine").status == 404
    assert visitor.get("/orgs/acme/").status == 404


def test_a_role_in_a_project_counts_until_it_is_taken(app, world):
    email, project = "group_owner@acme.example", world.projects["acme"][0]
    visitor = signed_in(app, email)
    settings = f"/orgs/acme/projects/{project.hex_id}/people"
    page = visitor.get(f"/orgs/acme/projects/{project.hex_id}")
    assert page.soup.find("form", action=settings)
    demote(app, email, to="ORG_MEMBER")
    answer = page.submit(settings, email="org_member@acme.example", role="GROUP_OWNER")
    assert answer.status == 403
    assert visitor.get(f"/orgs/acme/projects/{project.hex_id}").status == 403
