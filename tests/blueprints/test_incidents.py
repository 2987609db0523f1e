"""Staff tell customers of an incident; it stands where they would ask about it."""

from __future__ import annotations

from portal.models.incidents import IncidentVersion
from tests.billed import OWNER
from tests.blueprints.test_chats import AGENT, kept
from tests.pages import Visitor

DATABASES = ("sqlite",)

PAGE = "/staff/incidents"
SAID = {"title": "Slow queries", "text": "We **look** into it.", "severity": "degraded", "begins": "2024-01-01T10:00"}


def announced(agent, **changes):
    return agent.get(f"{PAGE}/new").submit(PAGE, **({"catalogue": "atlas", "ends": ""} | SAID | changes))


def test_an_incident_stands_on_the_support_page_until_staff_end_it(app, world, visitor):
    agent = Visitor(app)
    agent.sign_in(AGENT)
    assert "No incident yet" in agent.get(PAGE).text
    page = announced(agent).follow()
    visitor.sign_in(OWNER)
    banner = visitor.get("/orgs/acme/support").soup.find("section", attrs={"aria-label": "Current incidents"})
    assert banner.select_one(".prose strong").text == "look"
    assert "status.mongodb.com" in str(banner)
    incident = page.click("Slow queries")
    action = incident.soup.select_one("main form")["action"]
    assert incident.submit(action, **SAID, ends="2024-01-02T10:00").status == 303
    assert "Slow queries" not in visitor.get("/orgs/acme/support").text
    assert [one.number for one in kept(app, IncidentVersion)] == [1, 2]
    assert agent.get(action).text.count("We look into it.") >= 2
    # A colleague who saw the first version does not write over the second.
    assert incident.submit(action, **SAID, ends="").status == 409


def test_only_the_vendors_customers_are_told(app, world, visitor):
    agent = Visitor(app)
    agent.sign_in(AGENT)
    announced(agent, catalogue="neon")
    visitor.sign_in(OWNER)
    assert "Slow queries" not in visitor.get("/orgs/acme/support").text
    other = Visitor(app)
    other.sign_in("admin@cobalt.example")
    assert "Slow queries" in other.get("/orgs/cobalt/support").text


def test_what_cannot_be_is_refused_beside_its_field(app, world):
    agent = Visitor(app)
    agent.sign_in(AGENT)
    page = announced(agent, title="", begins="yesterday", ends="2023-12-31T10:00", severity="mild")
    assert page.status == 422
    assert {f"{name}-error" for name in ("title", "begins", "severity")} <= {
        tag["id"] for tag in page.soup.select(".error")
    }
    assert announced(agent, ends="2024-01-01T10:00").status == 422
    assert not kept(app, IncidentVersion)
    assert agent.get(f"{PAGE}/{'0' * 24}").status == 404


def test_customers_and_other_staff_set_no_incident(app, world, visitor):
    visitor.sign_in(OWNER)
    assert visitor.get(PAGE).status == 403
    sales = Visitor(app)
    sales.sign_in("sales@portal.example")
    assert sales.get(f"{PAGE}/new").status == 403
