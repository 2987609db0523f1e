"""Support tiers of aiven, asked for on days of 2024 and read from the support page and the invoice (AV-20 to AV-35)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.permissions import Grants, StaffRole
from portal.models.billing_groups import BillingGroup
from portal.services import organizations, people
from tests import customers
from tests.blueprints.casework import writing
from tests.blueprints.played import OWNER, begin, due
from tests.customers import use
from tests.supported import a_person

DATABASES = ("sqlite",)

SALES = "sales@played.example"
COSTS = 30  # Statements for the costs of a tier, as in test_plan_changes.


@pytest.fixture
def game(app, monkeypatch):
    return begin(app, monkeypatch)


@pytest.fixture
def bay(game):
    """A customer of aiven since January, with a paid service."""
    with writing(game.app) as session:
        made = organizations.create_organization(session, "bay", name="Bay", catalogue="aiven", at=game.at)
        made.region = "est"
        group = session.scalars(select(BillingGroup).where(BillingGroup.organization_id == made.id)).one()
        customer = customers.Customer(made, group, organizations.create_project(session, made, "shop", at=game.at))
        customers.live_at(session, customer, "US", region="NY")
        customers.pay_by(session, customer, "card_ok", on=date(2024, 1, 1))
        use(session, customer, date(2024, 1, 1), "1")
        a_person(session, made, OWNER, Grants(frozenset({"super_admin"})))
        agent = people.create_user(session, SALES, name="Sal", password_hash="", at=game.at)
        people.grant_staff_role(session, agent, StaffRole.SALES)
    return customer


def spends(game, customer, **amounts):
    with writing(game.app) as session:
        for day, amount in amounts.items():
            use(session, customer, date(2024, *map(int, day[1:].split("_"))), amount)


def asks(game, customer, tier, month, *, at):
    """The costs as they are shown, and the support page after the request."""
    game.go(at)
    path = f"/plans/{tier}?start_month={month}&billing_group={customer.group.id}"
    costs = game.page("bay", path, budget=COSTS)
    answer = costs.submit()
    assert answer.status == 303, answer.text
    return costs.text, answer.follow().text


def staff_decide(game, customer, *states, on):
    game.go(f"{on}T12:00")
    desk = f"/staff/organizations/{customer.organization.hex_id}/support"
    for state in states:
        page = game.visitor(SALES).get(desk)
        action = page.soup.find("form", attrs={"aria-label": "Decide on the request"})["action"]
        assert page.submit(action, **{"decision-state": state}).status == 303, state


@pytest.mark.parametrize(("start", "april"), [("2024-04", "$12,540.00"), ("2024-05", "$12,000.00")])
def test_the_whole_month_counts_from_which_a_tier_is_asked_for(game, bay, start, april):
    """AV-30: on 17 April; half of the spend came before that day."""
    spends(game, bay, d4_10="6000", d4_20="6000", d5_10="20000")
    costs, _ = asks(game, bay, "priority", start, at="2024-04-17T12:00")
    assert "4.5 % of the month’s usage, at least $500.00 a month" in costs
    assert ("1 April 2024" in costs) is (start == "2024-04")
    assert game.plan("bay") == "Basic", "it is set up first"
    staff_decide(game, bay, "in_setup", "active" if start == "2024-04" else "scheduled", on="2024-04-19")
    assert game.plan("bay") == ("Priority" if start == "2024-04" else "Basic")
    assert due(game.bill("bay", "2024-04")) == april
    assert game.plan("bay") == "Priority"
    assert due(game.bill("bay", "2024-05")) == "$20,900.00"


def test_a_small_month_costs_the_minimum(game, bay):
    """AV-31."""
    spends(game, bay, d4_10="5000")
    asks(game, bay, "priority", "2024-04", at="2024-04-17T12:00")
    staff_decide(game, bay, "in_setup", "active", on="2024-04-18")
    page = game.bill("bay", "2024-04")
    assert due(page) == "$5,500.00"
    rows = [" ".join(row.text.split()) for row in page.soup.select("tbody tr")]
    assert [row for row in rows if row.startswith("Support")] == ["Support 500.00"]


def test_a_higher_tier_replaces_the_lower_one_of_its_month(game, bay):
    """AV-32."""
    spends(game, bay, d6_10="60000")
    asks(game, bay, "priority", "2024-01", at="2024-01-10T12:00")
    staff_decide(game, bay, "in_setup", "active", on="2024-01-11")
    asks(game, bay, "enterprise", "2024-06", at="2024-06-20T12:00")
    staff_decide(game, bay, "in_setup", "active", on="2024-06-21")
    assert due(game.bill("bay", "2024-05")) == "$500.00"
    page = game.bill("bay", "2024-06")
    assert due(page) == "$67,200.00"
    assert "2,700.00" not in page.text
    assert "Upgrade to Enterprise" not in game.page("bay").text, "AV-20: it is the highest"


@pytest.mark.parametrize(
    ("at", "window"),
    [("2024-04-12T15:00", ("15 April", "16 April")), ("2024-08-30T15:00", ("3 September", "4 September"))],
)
def test_the_expected_days_are_shown_until_it_is_active(game, bay, at, window):
    """Two business days from a Friday, the second time around Labor Day in the customer's region."""
    _, page = asks(game, bay, "business", at[:7], at=at)
    text = page.partition("Progress of your request")[2].replace("\N{NO-BREAK SPACE}", " ")
    assert all(day in text for day in window), text
    assert "Submitted" in text


def test_a_request_is_withdrawn_and_another_one_made(game, bay):
    """AV-23: one at a time, until the customer takes it back."""
    asks(game, bay, "priority", "2024-04", at="2024-04-12T15:00")
    assert "There is one at a time." in game.page("bay", "/plans/business").text
    form = game.page("bay").soup.find("form", action=lambda action: action and "withdrawal" in action)
    assert game.page("bay").submit(form["action"]).status == 303
    asks(game, bay, "business", "2024-04", at="2024-04-12T16:00")
