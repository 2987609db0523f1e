"""Sales activate a contract without a code, once they have seen what it does and said why."""

from __future__ import annotations

import pytest

from portal import clock, database
from tests import customers
from tests.billed import customer_of
from tests.pages import Visitor

DATABASES = ("sqlite",)

SALES, FINANCE = "sales@portal.example", "billing@portal.example"
TERMS = {
    "type": "monthly_commitment",
    "commitment": "12,000.00",
    "months": "12",
    "currency": "USD",
    "unit_price": "1",
    "elastic_unit_price": "1",
    "marketplace": "AWS",
    "schedule": "monthly",
    "support_plan": "",
    "billing_contact": "ap@acme.example",
    "purchase_order": "",
    "starts_on": "",
}


@pytest.fixture
def sell(app, world):
    """The address at which sales sell to Acme, who has a billing address."""
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        customers.live_at(session, customer, "US", region="New York", on=clock.today())
        return f"/staff/organizations/{customer.organization.hex_id}"


def reviewed(app, world, sell, **changes):
    """The effect of the activation, reached from the review of a sale."""
    visitor = Visitor(app)
    visitor.sign_in(SALES)
    terms = TERMS | {"representative": str(world.person(SALES).user_id)} | changes
    page = visitor.get(f"{sell}/sell").submit(f"{sell}/sell", **terms)
    assert page.status == 200, page.text
    return page.submit(f"{sell}/activation/review")


def test_a_contract_is_activated_after_its_effect_was_seen(app, world, sell):
    page = reviewed(app, world, sell)
    together = [cell.text for cell in page.soup.select("section[aria-labelledby=ahead] tbody tr:last-child > *")]
    assert together == ["Together", "$0.00", "$12,000.00"]
    contracts = page.submit(f"{sell}/activation", reason="Signed on paper").follow()
    contract = contracts.click("Monthly Commitment")
    versions = contract.soup.select_one("section[aria-labelledby=versions]").text
    assert ("Sales" in versions, "Signed on paper" in versions) == (True, True)


def test_without_a_reason_nothing_is_activated(app, world, sell):
    page = reviewed(app, world, sell).submit(f"{sell}/activation", reason=" ")
    assert (page.status, bool(page.soup.find(id="reason-error"))) == (422, True)
    assert "No contract yet" in page.visitor.get(f"{sell}/contracts").text


def test_of_two_reviews_of_the_same_contract_only_one_is_activated(app, world, sell):
    first, second = reviewed(app, world, sell), reviewed(app, world, sell)
    assert first.submit(f"{sell}/activation", reason="Signed on paper").status == 303
    answer = second.submit(f"{sell}/activation", reason="Signed on paper")
    assert (answer.status, "Two monthly commitments cannot overlap" in answer.text) == (422, True)


def test_finance_activates_nothing(app, world, sell):
    visitor = Visitor(app)
    visitor.sign_in(FINANCE)
    (field,) = visitor.get("/staff/requests").soup.select("input[name=csrf_token]")[:1]
    token = str(field["value"])
    for address in (f"{sell}/activation/review", f"{sell}/activation"):
        assert visitor.post(address, {"csrf_token": token}).status == 403
