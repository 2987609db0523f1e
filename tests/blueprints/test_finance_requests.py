"""A customer asks for another billing contact, sees what becomes of it, and finance answers."""

from __future__ import annotations

import pytest

from portal import database
from tests import customers
from tests.billed import customer_of
from tests.pages import Visitor

DATABASES = ("sqlite",)

OWNER, BILLING_ADMIN = "org_owner@acme.example", "org_billing_admin@acme.example"
VIEWER, MEMBER = "org_billing_read_only@acme.example", "org_member@acme.example"
FINANCE, SALES, AGENT = "billing@portal.example", "sales@portal.example", "support@portal.example"
PAGE = "/orgs/acme/billing/contact-change"
CLEO = {"name": "Cleo Finch", "email": "cleo@acme.example", "phone": "", "reason": "Alma left"}


def signed_in(app, email):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


@pytest.fixture
def acme(app, world):
    """With a billing address, and so a billing contact."""
    with database.writing(app.extensions["database"]).begin() as session:
        customers.live_at(session, customer_of(session, world, "acme"))


@pytest.fixture
def asked(app, acme):
    """The page of who asked."""
    page = signed_in(app, BILLING_ADMIN).get("/orgs/acme/billing/profile").click("Change the billing contact")
    answer = page.submit(PAGE, **CLEO)
    assert answer.status == 303
    return answer.follow()


def opened(app, email=FINANCE):
    """The request, found in the list of requests."""
    return signed_in(app, email).get("/staff/requests").click("Acme")


def test_who_asked_sees_that_it_is_looked_at_and_cannot_ask_twice(asked):
    assert "Being looked at" in asked.text
    assert not asked.soup.find("form", action=PAGE)
    assert asked.visitor.post(PAGE, CLEO | {"csrf_token": token(asked)}).status == 422


def test_finance_carries_it_out_and_the_customer_sees_it(app, asked):
    request = opened(app)
    done = request.submit(f"{request.answer.request.path}/completion").follow()
    assert ("Done" in done.text, done.soup.select("main form")) == (True, [])
    page = asked.visitor.get(PAGE)
    assert ("Now it is cleo@acme.example." in page.text, "Changed" in page.text) == (True, True)


def test_finance_declines_with_a_reason_that_the_customer_reads(app, asked):
    request = opened(app)
    address = f"{request.answer.request.path}/declining"
    refused = request.submit(address, reason=" ")
    assert (refused.status, bool(refused.soup.find(id="reason-error"))) == (422, True)
    assert refused.submit(address, reason="Cleo does not answer").status == 303
    page = asked.visitor.get(PAGE)
    assert ("Declined" in page.text, "Cleo does not answer" in page.text) == (True, True)
    assert page.soup.find("form", action=PAGE)


def test_a_request_is_answered_once(app, asked):
    request, late = opened(app), opened(app)
    request.submit(f"{request.answer.request.path}/completion")
    assert late.submit(f"{request.answer.request.path}/declining", reason="Too late").status == 409


@pytest.mark.parametrize(("email", "status"), [(OWNER, 200), (BILLING_ADMIN, 200), (VIEWER, 403), (MEMBER, 403)])
def test_who_may_change_billing_settings_may_ask(app, acme, email, status):
    assert signed_in(app, email).get(PAGE).status == status


def test_who_only_looks_at_the_profile_is_not_led_there(app, acme):
    assert "Change the billing contact" not in signed_in(app, VIEWER).get("/orgs/acme/billing/profile").text


def test_finance_answers_and_sales_looks_on(app, asked):
    page = opened(app, SALES)
    assert page.soup.select("main form") == []
    path = page.answer.request.path
    assert page.visitor.post(f"{path}/completion", {"csrf_token": token(page)}).status == 403
    assert signed_in(app, AGENT).get("/staff/requests").status == 403


@pytest.mark.parametrize(
    ("entered", "field"), [({"name": ""}, "name"), ({"email": "cleo"}, "email"), ({"reason": " "}, "reason")]
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(app, acme, entered, field):
    page = signed_in(app, OWNER).get(PAGE).submit(PAGE, **CLEO | {"phone": "+353 1"} | entered)
    assert (page.status, bool(page.soup.find(id=f"{field}-error"))) == (422, True)
    assert page.soup.find("input", id="phone")["value"] == "+353 1"


def test_who_is_the_contact_already_is_not_asked_for(app, acme):
    page = signed_in(app, OWNER).get(PAGE).submit(PAGE, **CLEO | {"email": "ap@acme.example"})
    assert (page.status, "the billing contact already" in page.text) == (422, True)


def test_without_a_billing_address_there_is_nothing_to_ask_for(app, world):
    page = signed_in(app, OWNER).get(PAGE)
    assert ("There is no billing address yet." in page.text, page.soup.find("form", action=PAGE)) == (True, None)


def test_an_empty_list_says_so(app, world):
    page = signed_in(app, FINANCE).get("/staff/requests")
    assert "Nothing waits" in page.text
    assert page.visitor.get(f"/staff/requests/{'0' * 24}").status == 404


def token(page):
    """The token of the page, for a form that is not there."""
    return page.soup.find("input", attrs={"name": "csrf_token"})["value"]
