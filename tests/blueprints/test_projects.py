"""The pages of projects, units and teams, as the people of the three vendors' customers meet them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.models.billing_groups import BillingGroup
from portal.models.organizations import Membership, Organization, OrganizationRole, Project, ProjectRole, User
from portal.services import organizations
from tests.customers import Customer, use
from tests.pages import Visitor
from tests.world import AT

DATABASES = ("sqlite",)
CREATORS = ["org_owner@acme.example", "org_group_creator@acme.example", "super_admin@borealis.example"]
CREATORS += ["admin@cobalt.example", "member@cobalt.example"]


@pytest.fixture
def at(visitor):
    """Sign somebody in; the answer is where their organization's addresses begin."""

    def sign_in(email):
        visitor.sign_in(email)
        return f"/orgs/{email.partition('@')[2].partition('.')[0]}"

    return sign_in


def writing(app):
    return database.writing(app.extensions["database"]).begin()


def member_id(app, email):
    with writing(app) as session:
        return session.scalar(select(Membership.id).join(Membership.user).where(User.email == email))


@pytest.mark.parametrize("email", CREATORS)
def test_who_may_create_projects_does_and_comes_to_its_page(visitor, at, email):
    base = at(email)
    page = visitor.get(f"{base}/projects").click("New project").submit(name="new lab").follow()
    assert page.h1 == "new lab"
    assert "The project new lab is created." in page.text
    assert "new lab" in visitor.get(f"{base}/projects").text


def test_one_form_sent_twice_is_one_project(visitor, at, app):
    form = visitor.get(f"{at(CREATORS[0])}/projects/new")
    first, second = (form.submit(name="once") for _ in range(2))
    assert first.location == second.location
    with writing(app) as session:
        assert len(session.scalars(select(Project).where(Project.name == "once")).all()) == 1


@pytest.mark.parametrize(
    ("name", "reason"), [("", "Enter a name."), ("shop", "already has a project “shop”"), ("a\nb", "one line")]
)
def test_a_bad_name_is_refused_beside_the_field_with_what_was_entered(visitor, at, name, reason):
    page = visitor.get(f"{at(CREATORS[0])}/projects/new").submit(name=name)
    assert page.status == 422
    assert reason in page.soup.find(id="name-error").get_text()
    assert page.soup.find("input", id="name")["value"] == name.strip()


def test_the_list_shows_what_the_person_may_see_and_finds_by_name_and_id(visitor, at, world):
    base = at("group_read_only@acme.example")
    shop, lab = world.projects["acme"]
    page = visitor.get(f"{base}/projects")
    assert shop.hex_id in page.text
    assert lab.hex_id not in page.text
    assert visitor.get(f"{base}/projects?q={shop.hex_id[3:12]}").soup.find("th", scope="row")
    assert "No project has “lab”" in visitor.get(f"{base}/projects?q=lab").text
    assert visitor.get(f"{base}/projects/{lab.hex_id}").status == 403
    assert visitor.get(f"{base}/projects/{world.projects['borealis'][0].hex_id}").status == 404


def test_its_usage_of_the_month_is_a_click_away_for_who_sees_billing(visitor, at, world, app):
    base, (shop, lab) = at(CREATORS[0]), world.projects["acme"]
    with writing(app) as session:
        group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == shop.organization_id)).one()
        use(session, Customer(world.organizations["acme"], group, shop), clock.today(), "7")
    page = visitor.get(f"{base}/projects/{shop.hex_id}").click("Usage this month", budget=16)
    assert page.status == 200
    assert page.soup.find("option", value=shop.hex_id, selected=True)
    assert "Usage this month" not in visitor.get(f"{base}/projects/{lab.hex_id}").text
    assert visitor.get(f"{base}/projects/{shop.hex_id}").click("Activity").status == 200


def test_a_project_is_renamed_and_deleted_once_its_name_is_typed(visitor, at, world):
    base, (shop, lab) = at(CREATORS[0]), world.projects["acme"]
    settings = visitor.get(f"{base}/projects/{shop.hex_id}").click("Settings")
    assert settings.submit(name="lab").status == 422
    page = settings.submit(name="store").follow()
    assert page.h1 == "store"
    deletion = page.click("Delete project")
    assert deletion.submit(name="shop").status == 422
    assert "The project store is deleted." in deletion.submit(name="store").follow().text
    assert visitor.get(f"{base}/projects/{shop.hex_id}").status == 404
    assert visitor.get(f"{base}/projects/{lab.hex_id}").status == 200


def test_a_project_with_an_open_invoice_says_so_in_place_of_the_form(visitor, at, world, app):
    from tests.blueprints.examples import EXAMPLES

    with writing(app) as session:
        number = EXAMPLES["number"](session, world, "acme")
    base, shop = at(CREATORS[0]), world.projects["acme"][0]
    page = visitor.get(f"{base}/projects/{shop.hex_id}/deletion")
    assert f"still open: {number}" in page.text
    assert not page.soup.find("input", id="name")


def test_a_project_moves_into_another_organization_of_ones_own(visitor, at, world, app):
    with writing(app) as session:
        beta = organizations.create_organization(session, "beta", name="Beta", catalogue="atlas", at=AT)
        join(session, beta, CREATORS[0], "ORG_OWNER")
    base, shop = at(CREATORS[0]), world.projects["acme"][0]
    page = visitor.get(f"{base}/projects/{shop.hex_id}/move")
    assert [option["value"] for option in page.soup.select("#organization option")] == ["", "beta"]
    assert page.submit(organization="beta", understood="").status == 422
    assert page.submit(organization="borealis", understood="y").status == 422
    moved = page.submit(organization="beta", understood="y").follow()
    assert (moved.status, moved.h1) == (200, "shop")
    assert visitor.get(f"{base}/projects/{shop.hex_id}").status == 404


def join(session, organization, email, *roles):
    user = session.scalars(select(User).where(User.email == email)).one()
    membership = Membership(organization_id=organization.id, user_id=user.id, created_at=AT)
    membership.organization_roles = [OrganizationRole(role=role) for role in roles]
    session.add(membership)


def test_where_the_vendor_allows_no_move_there_is_no_form(visitor, at, world):
    page = visitor.get(f"{at('admin@cobalt.example')}/projects/{world.projects['cobalt'][0].hex_id}/move")
    assert "Nowhere to move it to" in page.text
    assert not page.soup.find("input", id="organization")


def test_projects_are_put_into_units(visitor, at, world):
    base, (shop, _) = at("super_admin@borealis.example"), world.projects["borealis"]
    units = visitor.get(f"{base}/projects").click("Units").click("New unit").submit(name="North").follow()
    assert units.soup.find("th", scope="row").get_text() == "North"
    settings = visitor.get(f"{base}/projects/{shop.hex_id}/settings")
    north = settings.soup.find("option", string="North")["value"]
    assert "North" in settings.submit(name="shop", unit=north).follow().text
    deletion = visitor.get(f"{base}/units/{north}/deletion")
    assert "Projects stand in North" in deletion.submit(name="North").text
    settings.submit(name="shop", unit="")
    assert "The unit North is deleted." in deletion.submit(name="North").follow().text


@pytest.mark.parametrize("email", ["org_owner@acme.example", "admin@cobalt.example"])
def test_where_the_vendor_has_no_units_nothing_speaks_of_them(visitor, at, email):
    base = at(email)
    assert not visitor.get(f"{base}/projects/new").soup.find("select", id="unit")
    assert "Unit" not in visitor.get(f"{base}/projects").text
    assert "No units here" in visitor.get(f"{base}/units").text


def test_who_works_in_single_projects_finds_them_on_the_first_page(visitor, world):
    page = visitor.sign_in("collaborator@cobalt.example").follow().click("shop")
    assert page.h1 == "shop"
    assert not page.soup.select_one(".crumbs a, #nav .nav a")


def test_a_team_gives_a_project_to_its_people_and_takes_it_at_once(visitor, at, world, app):
    base, (_, lab) = at(CREATORS[0]), world.projects["acme"]
    team = visitor.get(f"{base}/teams").click("New team").submit(name="Night shift").follow()
    address = team.visitor.get(f"{base}/teams").soup.find("th", scope="row").a["href"]
    assert visitor.get(address).submit(f"{address}/people", email="who@else.example").status == 422
    visitor.get(address).submit(f"{address}/people", email="org_member@acme.example")
    page = visitor.get(address).submit(f"{address}/roles", project=lab.hex_id, role="GROUP_READ_ONLY").follow()
    assert "Project Read Only" in page.text
    member = Visitor(app)
    member.sign_in("org_member@acme.example")
    assert "(team Night shift)" in member.get(f"{base}/projects/{lab.hex_id}").text
    assert not member.get(address).soup.find("form", method="post", action=f"{address}/people")
    page.submit(f"{address}/roles/removal")
    assert member.get(f"{base}/projects/{lab.hex_id}").status == 403


def test_a_project_owner_adds_changes_and_removes_people(visitor, at, world, app):
    base, (shop, _) = at("group_owner@acme.example"), world.projects["acme"]
    address = f"{base}/projects/{shop.hex_id}"
    page = visitor.get(address).submit(f"{address}/people", email="org_member@acme.example", role="GROUP_READ_ONLY")
    assert "has the role in shop" in page.follow().text
    someone = member_id(app, "org_member@acme.example")
    form = visitor.get(f"{address}/people/{someone}")
    csrf = form.soup.find("input", attrs={"name": "csrf_token"})["value"]
    changed = {"csrf_token": csrf, "seen": "GROUP_READ_ONLY", "role": "GROUP_BACKUP_MANAGER"}
    assert visitor.post(f"{address}/people/{someone}", changed).status in {204, 303}
    assert visitor.post(f"{address}/people/{someone}", changed | {"role": "GROUP_SEARCH_INDEX_EDITOR"}).status == 409
    assert visitor.post(f"{address}/people/{someone}", changed | {"role": "super_admin"}).status == 422
    visitor.post(f"{address}/people/{someone}/removal", {"csrf_token": csrf})
    with writing(app) as session:
        assert not session.scalars(select(ProjectRole).where(ProjectRole.membership_id == someone)).all()
    foreign = member_id(app, "super_admin@borealis.example")
    assert visitor.get(f"{address}/people/{foreign}").status == 404


@pytest.mark.parametrize(
    "path", ["projects/{project}", "projects/{project}/deletion", "units/{unit}", "teams/{team}", "teams/{team}/name"]
)
def test_what_belongs_to_another_organization_is_not_there(visitor, at, world, app, path):
    from tests.blueprints.examples import EXAMPLES

    with writing(app) as session:
        ids = {name: EXAMPLES[name](session, world, "borealis") for name in ("project", "unit", "team")}
    assert visitor.get(f"{at(CREATORS[0])}/{path.format(**ids)}").status == 404


def test_lists_of_250_projects_and_10_000_people_ask_as_little_as_short_ones(visitor, at, world, app):
    acme, (shop, _) = world.organizations["acme"], world.projects["acme"]
    with writing(app) as session:
        fill(session, acme, shop)
    base = at(CREATORS[0])
    page = visitor.get(f"{base}/projects?page=5", budget=10)
    assert "201–250 of 250" in page.text
    assert "1–50 of 10,011" in visitor.get(f"{base}/projects/{shop.hex_id}", budget=12).text
    assert visitor.get(f"{base}/teams", budget=8).status == 200


def fill(session, acme: Organization, shop: Project) -> None:
    group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == acme.id)).one()
    now = datetime(2024, 1, 1, tzinfo=UTC)
    session.add_all(
        Project(organization_id=acme.id, billing_group_id=group.id, name=f"p{number:03}", created_at=now)
        for number in range(248)
    )
    users = [
        User(email=f"u{number}@acme.example", name=f"U {number}", password_hash="x", created_at=now)
        for number in range(10_000)
    ]
    session.add_all(users)
    session.flush()
    members = [Membership(organization_id=acme.id, user_id=user.id, created_at=now) for user in users]
    session.add_all(members)
    session.flush()
    session.add_all(ProjectRole(membership_id=one.id, project_id=shop.id, role="GROUP_READ_ONLY") for one in members)
