"""The access matrix over HTTP: who can do what and why, of whom and of which projects it tells whom, at size."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager

import pytest
from sqlalchemy import insert, select

from portal import catalogues, database
from portal.domain.action_nouns import ACTIONS_OF, grouped
from portal.domain.action_words import ACTION_WORDS
from portal.domain.permissions import Action, actions_known, allows
from portal.models.organizations import Membership, OrganizationRole, User
from portal.models.teams import Team, TeamMember, TeamProjectRole
from portal.services import deactivation
from tests.pages import Visitor
from tests.world import AT

DATABASES = ("sqlite",)

OWNERS = {
    "acme": "org_owner@acme.example",
    "borealis": "super_admin@borealis.example",
    "cobalt": "admin@cobalt.example",
}
OWNER, MEMBER = OWNERS["acme"], "org_member@acme.example"


def signed_in(app, email=OWNER):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


@contextmanager
def changing(app):
    with database.writing(app.extensions["database"]).begin() as session:
        yield session


def membership(session, email):
    return session.scalars(select(Membership).join(Membership.user).where(User.email == email)).one()


def join_team(app, email, project, role, name="Core"):
    with changing(app) as session:
        member = membership(session, email)
        team = Team(organization_id=member.organization_id, name=name, created_at=AT)
        session.add(team)
        session.flush()
        session.add(TeamMember(team_id=team.id, membership_id=member.id))
        session.add(TeamProjectRole(team_id=team.id, project_id=project.id, role=role))
        return member.id


def matrix(page):
    """The table as a mapping: e-mail address → action in words → what the cell says."""
    heads = [head.get_text(" ", strip=True) for head in page.soup.select("table thead th")][1:]
    found = {}
    for row in page.soup.select("table tbody tr"):
        cells = ["; ".join(li.get_text(" ", strip=True) for li in cell.select("li")) for cell in row.select("td")]
        found[row.select_one(".sub").get_text(strip=True)] = dict(zip(heads, cells, strict=True))
    return found


def test_every_action_belongs_to_one_noun():
    listed = [action for actions in ACTIONS_OF.values() for action in actions]
    assert sorted(listed) == sorted(Action)


@pytest.mark.parametrize("slug", OWNERS)
def test_each_cell_says_what_the_server_would_answer(app, world, slug):
    roles = catalogues.load(world.organizations[slug].catalogue).roles
    people = {person.email: person.grants for person in world.people if person.slug == slug}
    project = world.projects[slug][0]
    owner = signed_in(app, OWNERS[slug])
    seen = 0
    for noun, actions in grouped(actions_known(roles)).items():
        cells = matrix(owner.get(f"/orgs/{slug}/access?what={noun.name.lower()}&project={project.hex_id}"))
        for email, grants in people.items():
            for action in actions:
                asked = {"project": project.id} if action.in_project else {}
                says = bool(cells[email][ACTION_WORDS[action].capitalize()])
                assert says == allows(roles, grants, action, **asked), (email, action)
                seen += 1
    assert seen == len(people) * len(actions_known(roles))


def test_a_cell_names_the_role_that_gives_it(app, world):
    join_team(app, MEMBER, world.projects["acme"][1], "GROUP_READ_ONLY")
    cells = matrix(signed_in(app).get("/orgs/acme/access?what=projects"))
    assert cells[OWNER]["See projects"] == "Organization Owner, in all projects"
    assert cells["group_owner@acme.example"]["See projects"] == "Project Owner in shop"
    assert cells[MEMBER]["See projects"] == "Project Read Only in lab, through the team Core"
    assert cells[MEMBER]["Create projects"] == ""


def test_who_holds_a_right_twice_is_told_both_reasons(app, world):
    join_team(app, OWNER, world.projects["acme"][0], "GROUP_OWNER")
    cells = matrix(signed_in(app).get("/orgs/acme/access?what=projects&q=org_owner"))
    assert cells[OWNER]["See projects"] == (
        "Organization Owner, in all projects; Project Owner in shop, through the team Core"
    )


def test_a_chosen_project_leaves_out_what_is_held_in_others(app, world):
    lab = world.projects["acme"][1]
    cells = matrix(signed_in(app).get(f"/orgs/acme/access?what=projects&project={lab.hex_id}"))
    assert cells["group_owner@acme.example"]["See projects"] == ""
    assert cells[OWNER]["See projects"] == "Organization Owner, in all projects"


@pytest.mark.parametrize("action", [Action.VIEW_BILLING, Action.MANAGE_PROJECT_MEMBERS, Action.VIEW_PROJECT])
def test_who_can_do_something_is_a_list_of_those_alone(app, world, action):
    shop, lab = world.projects["acme"]
    join_team(app, MEMBER, lab, "GROUP_OWNER")
    roles = catalogues.load("atlas").roles
    projects = [shop.id, lab.id] if action.in_project else [None]
    wanted = {
        person.email
        for person in world.people
        if person.slug == "acme" and any(allows(roles, person.grants, action, project=one) for one in projects)
    }
    found = matrix(signed_in(app).get(f"/orgs/acme/access?what={action}"))
    assert set(found) == wanted | ({MEMBER} if action.in_project else set())
    assert all(all(cells.values()) for cells in found.values())


def test_who_is_deactivated_can_do_nothing(app, world):
    other = "org_billing_admin@acme.example"
    with changing(app) as session:
        deactivation.deactivate(session, membership(session, other).user, by=None, reason="Left", at=AT)
    owner = signed_in(app)
    page = owner.get("/orgs/acme/access?what=billing&q=billing_admin")
    assert not any(matrix(page)[other].values())
    assert "Deactivated" in page.text
    assert other not in matrix(owner.get("/orgs/acme/access?what=view_billing"))


def test_a_member_reads_of_no_project_that_they_cannot_see(app, world):
    shop, _ = world.projects["acme"]
    member = signed_in(app, MEMBER)
    page = member.get("/orgs/acme/access?what=projects")
    assert matrix(page)["group_owner@acme.example"]["See projects"] == ""
    assert "shop" not in page.text
    assert member.get(f"/orgs/acme/access?project={shop.hex_id}").status == 422
    assert "shop" not in member.client.get("/orgs/acme/access.csv").get_data(as_text=True)
    assert set(matrix(member.get("/orgs/acme/access?what=view_project"))) == {OWNER, "org_read_only@acme.example"}


def test_one_person_has_all_actions_with_their_reasons_on_a_page(app, world):
    member_id = join_team(app, MEMBER, world.projects["acme"][0], "GROUP_OWNER")
    page = signed_in(app).get("/orgs/acme/access?q=org_member").click("Org Member")
    assert page.h1 == "Access of Org Member"
    lines = {row.th.get_text(strip=True): row.td.get_text(" ", strip=True) for row in page.soup.select("tr:has(td)")}
    assert lines["see settings and people"] == "Organization Member"
    assert lines["manage who is in projects"] == "Project Owner in shop, through the team Core"
    assert lines["see invoices and payments"].endswith("no")
    assert len(lines) == len(actions_known(catalogues.load("atlas").roles))
    lab = world.projects["acme"][1]
    page = signed_in(app).get(f"/orgs/acme/access/people/{member_id}?project={lab.hex_id}")
    assert "Project Owner" not in page.text


@pytest.mark.parametrize("email", ["collaborator@cobalt.example", "org_member@acme.example"])
def test_everybody_sees_their_own_row(app, world, email):
    with changing(app) as session:
        own = membership(session, email).id
        other = membership(session, OWNER).id
    visitor = signed_in(app, email)
    page = visitor.get(f"/memberships/{own}/access")
    assert page.h1.startswith("What you can do in ")
    assert ("Collaborator in shop" in page.text) == email.startswith("collaborator")
    assert visitor.get(f"/memberships/{other}/access").status == 422


@pytest.mark.parametrize("slug", OWNERS)
def test_the_catalogues_roles_stand_side_by_side(app, world, slug):
    roles = catalogues.load(world.organizations[slug].catalogue).roles
    page = signed_in(app, OWNERS[slug]).get(f"/orgs/{slug}/access").click("What each role grants")
    first, second = page.soup.select("main table")
    granted = [
        (row.th.get_text(strip=True), cell["data-label"])
        for row in first.select("tr:has(td)")
        for cell in row.select("td:has(.sign)")
    ]
    expected = [
        (ACTION_WORDS[action], role.name)
        for actions in grouped(actions_known(roles)).values()
        for action in actions
        for role in roles.organization.values()
        if action in (role.all_projects if action.in_project else role.organization)
    ]
    assert granted == expected
    assert len(second.select("td .sign")) == sum(len(role.own_project) for role in roles.project.values())


def test_the_file_has_everybody_with_every_action(app, world):
    answer = signed_in(app).client.get("/orgs/acme/access.csv?what=billing")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    by_address = {row["Address"]: row for row in rows}
    assert {person.email for person in world.people if person.slug == "acme"} <= set(by_address)
    assert by_address[OWNER]["Can see invoices and payments"] == "Organization Owner"
    assert by_address[MEMBER]["Can see invoices and payments"] == ""
    assert by_address["group_owner@acme.example"]["Can see projects"] == "Project Owner in shop"
    assert signed_in(app).client.get("/orgs/acme/access.csv?what=nonsense").status_code == 400


def test_ten_thousand_people_take_as_many_queries_as_ten(app, world):
    with changing(app) as session:
        organization_id = world.organizations["acme"].id
        ids = range(10**6, 10**6 + 10_000)
        session.execute(
            insert(User),
            [
                {"id": n, "email": f"p{n}@many.example", "name": f"P {n}", "password_hash": "none", "created_at": AT}
                for n in ids
            ],
        )
        session.execute(
            insert(Membership),
            [{"id": n, "organization_id": organization_id, "user_id": n, "created_at": AT} for n in ids],
        )
        session.execute(insert(OrganizationRole), [{"membership_id": n, "role": "ORG_MEMBER"} for n in ids])
    page = signed_in(app).get("/orgs/acme/access?q=many.example")
    assert "10,000 people" in page.text
    assert len(matrix(page)) == 50
    following = page.click("Next")
    assert not set(matrix(page)) & set(matrix(following))


@pytest.mark.parametrize(
    ("query", "words"),
    [("what=view_secrets", "Choose one of the list."), ("project=" + "0" * 24, "Choose one of the list.")],
)
def test_what_cannot_be_asked_is_said_beside_the_field(app, world, query, words):
    page = signed_in(app).get(f"/orgs/acme/access?{query}")
    assert (page.status, words in page.text) == (422, True)
