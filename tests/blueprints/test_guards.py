"""What guards do beyond the walk over all routes: HEAD, projects, single staff roles, people of two organizations."""

from __future__ import annotations

import pytest

from portal import catalogues, database
from portal.domain.permissions import Action, StaffRole
from portal.models.organizations import Organization, User
from portal.services import organizations
from portal.web import access
from tests.pages import Visitor
from tests.world import AT

DATABASES = ("sqlite",)

OWNER = "org_owner@acme.example"


def signed_in(app, email):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


@pytest.mark.parametrize(
    ("email", "status"), [("org_billing_read_only@acme.example", 200), ("org_member@acme.example", 403)]
)
def test_to_ask_for_the_head_of_a_page_alone_takes_the_same_role(app, world, email, status):
    answer = signed_in(app, email).client.head("/orgs/acme/billing")
    assert (answer.status_code, answer.data) == (status, b"")


def test_a_slug_is_written_in_small_letters_or_it_is_of_nothing(app, world):
    assert signed_in(app, OWNER).get("/orgs/ACME/").status == 404


def test_an_action_in_a_project_is_asked_of_the_project_in_the_address(app, world):
    @app.get("/orgs/<slug>/projects/<project>/people")
    @access.requires(Action.MANAGE_PROJECT_MEMBERS)
    def people() -> str:
        return access.current_project().name

    own, other = world.projects["acme"]
    foreign, _ = world.projects["borealis"]
    project_owner = signed_in(app, "group_owner@acme.example")
    statuses = [
        project_owner.client.get(f"/orgs/acme/projects/{project.hex_id}/people").status_code
        for project in (own, other, foreign)
    ]
    assert statuses == [200, 403, 404]


def test_a_page_of_one_staff_role_is_closed_to_the_others(app, world):
    @app.get("/staff/money")
    @access.staff_only(StaffRole.BILLING)
    def money() -> str:
        return "gold"

    assert signed_in(app, "billing@portal.example").client.get("/staff/money").status_code == 200
    assert signed_in(app, "sales@portal.example").client.get("/staff/money").status_code == 403


def test_who_is_in_two_organizations_can_go_from_one_to_the_other(app, world):
    with database.writing(app.extensions["database"]).begin() as session:
        organizations.add_member(
            session,
            session.get_one(Organization, world.organizations["borealis"].id),
            session.get_one(User, world.person(OWNER).user_id),
            roles=catalogues.load("aiven").roles,
            at=AT,
            organization_roles=["member"],
        )
    page = signed_in(app, OWNER).get("/orgs/acme/")
    assert [link["href"] for link in page.soup.select(".switch .menu-box a")] == ["/orgs/acme/", "/orgs/borealis/", "/"]


def test_only_a_page_is_where_one_comes_back_to(visitor):
    answer = visitor.client.options("/orgs/acme/")
    assert answer.location == "/sign-in"


def test_who_only_reads_does_not_wait_for_who_writes(app, world):
    visitor = signed_in(app, OWNER)
    with database.writing(app.extensions["database"]).begin() as session:
        session.get_one(User, world.person(OWNER).user_id).name = "Being renamed"
        session.flush()
        assert visitor.get("/orgs/acme/").status == 200


@pytest.mark.parametrize("path", ["/orgs/acme", "/orgs/acme/billing/", "/orgs/acme/billing/invoices/", "/sign-in/"])
def test_a_slash_at_the_end_more_or_less_is_the_same_page(app, world, path):
    answer = signed_in(app, OWNER).client.get(path)
    assert answer.status_code == (303 if "sign-in" in path else 200)
