"""Staff inside a customer's organization: for a reason that the customer sees, for an hour, and never as a member."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from portal import catalogues, database
from portal.domain.catalogue_reading.staff import grants_of
from portal.domain.permissions import Action, StaffRole, allows
from portal.models.history import Activity, StaffVisit
from portal.models.organizations import StaffRole as StaffRoleRow
from portal.web import access
from tests.billed import make_documents
from tests.blueprints.examples import EXAMPLES
from tests.blueprints.test_access import OF_CASES, OF_THEMSELVES
from tests.pages import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.pages import Page
    from tests.world import World

DATABASES = ("sqlite",)
REASON = "A customer asked about invoice 12"
OVERVIEW = "/orgs/acme/"


def enter(visitor: Visitor, world: World, slug: str = "acme", reason: str = REASON):
    hex_id = world.organizations[slug].hex_id
    return visitor.get(f"/staff/organizations/{hex_id}/visit").submit(reason=reason)


@pytest.fixture
def agent(visitor: Visitor) -> Visitor:
    visitor.sign_in("support@portal.example")
    return visitor


def test_without_a_visit_there_is_no_such_organization(agent):
    assert agent.get(OVERVIEW).status == 404


def test_staff_enter_with_a_reason_and_every_page_says_so(agent, world):
    page = enter(agent, world).follow()
    assert page.status == 200
    assert "You are inside Acme as staff, until" in page.text
    assert REASON in page.text
    assert agent.get("/orgs/borealis/").status == 404


@pytest.mark.parametrize("reason", ["", "too short", "         x          "])
def test_no_visit_without_a_reason(agent, world, reason):
    page = enter(agent, world, reason=reason)
    assert page.status == 422
    assert "The customer reads it." in page.text
    assert agent.get(OVERVIEW).status == 404


def test_the_customer_reads_who_entered_why_and_that_they_left(app, agent, world):
    enter(agent, world).follow().submit(f"/staff/organizations/{world.organizations['acme'].hex_id}/visit/ending")
    assert agent.get(OVERVIEW).status == 404
    with database.reading(app.extensions["database"])() as session:
        entered, left = session.scalars(
            select(Activity).where(Activity.type.startswith("STAFF_")).order_by(Activity.id)
        ).all()
    assert entered.text.startswith("Staff entered the organization. Support (support), until ")
    assert entered.text.endswith(REASON)
    assert (entered.type, left.type) == ("STAFF_ENTERED", "STAFF_LEFT")
    assert entered.by_staff
    assert left.by_staff
    assert entered.remote_address == "127.0.0.1"
    assert entered.user_id == world.person("support@portal.example").user_id


def test_after_an_hour_it_is_over(app, agent, world):
    enter(agent, world)
    with database.writing(app.extensions["database"]).begin() as session:
        visit = session.scalars(select(StaffVisit)).one()
        visit.began_at -= timedelta(hours=1)
        visit.ends_at -= timedelta(hours=1)
    assert agent.get(OVERVIEW).status == 404


def test_a_visit_is_of_one_person(app, agent, world):
    enter(agent, world)
    other = Visitor(app)
    other.sign_in("billing@portal.example")
    assert other.get(OVERVIEW).status == 404
    customer = Visitor(app)
    customer.sign_in("super_admin@borealis.example")
    assert customer.get(OVERVIEW).status == 404


def test_nobody_leaves_for_another(app, agent, world):
    enter(agent, world)
    other = Visitor(app)
    other.sign_in("billing@portal.example")
    token = token_of(other.get("/staff/"))
    hex_id = world.organizations["acme"].hex_id
    assert other.post(f"/staff/organizations/{hex_id}/visit/ending", token).status == 303
    assert agent.get(OVERVIEW).status == 200


def test_who_is_no_longer_staff_is_out_at_once(app, agent, world):
    enter(agent, world)
    with database.writing(app.extensions["database"]).begin() as session:
        session.execute(delete(StaffRoleRow))
    assert agent.get(OVERVIEW).status == 404


def test_two_clicks_are_one_visit(app, agent, world):
    page = agent.get(f"/staff/organizations/{world.organizations['acme'].hex_id}/visit")
    for _ in range(2):
        page.submit(reason=REASON)
    with database.reading(app.extensions["database"])() as session:
        assert len(session.scalars(select(StaffVisit)).all()) == 1


@pytest.mark.parametrize("role", StaffRole)
def test_every_route_of_an_organization_opens_as_staff_toml_says(app, visitor, world, role):
    visitor.sign_in(f"{role}@portal.example")
    token = token_of(visitor.get("/staff/"))
    grants, wrong, answers = grants_of([role]), [], Counter[int]()
    for slug in world.organizations:
        enter(visitor, world, slug)
        for method, path, action, hangs_on_more in routes_of(app, world, slug):
            project = world.projects[slug][0].id if action.in_project else None
            is_allowed = allows(catalogues.load_staff_roles(), grants, action, project=project)
            with visitor.client.open(path, method=method, data=None if method == "GET" else token) as answer:
                answers[answer.status_code] += 1
                is_open = answer.status_code not in {403, 404}
                if (is_open != is_allowed and not (is_allowed and hangs_on_more)) or answer.status_code >= 500:
                    wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert answers[200]
    assert answers[403] or role is StaffRole.BILLING, "something is closed to them"


def routes_of(app: Flask, world: World, slug: str) -> Iterator[tuple[str, str, Action, bool]]:
    """Method, path and action of each route, and whether more decides on who may open it, as tests of its own try."""
    with database.writing(app.extensions["database"]).begin() as session:
        values = {name: make(session, world, slug) for name, make in EXAMPLES.items()}
    make_documents(app)
    for rule in app.url_map.iter_rules():
        guard = access.guard_of(app, rule.endpoint)
        if guard and guard.action:
            with app.test_request_context():
                built = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
            assert built, rule.rule
            hangs_on_more = bool(rule.arguments & OF_THEMSELVES) or rule.endpoint.partition(".")[0] in OF_CASES
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, built[1], guard.action, hangs_on_more


def token_of(page: Page) -> dict[str, str]:
    field = page.soup.find("input", attrs={"name": "csrf_token"})
    assert field
    return {"csrf_token": str(field["value"])}
