"""A customer applies an activation code: who may, what is shown before, and one answer for whatever is wrong."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.domain.methods import SubscriptionType
from portal.domain.throttles import CODE_ORGANIZATION, CODE_PERSON, Hit
from portal.models.organizations import Organization
from portal.models.subscriptions import Subscription
from portal.services import activation_codes, billing_profiles, redeeming, throttles
from tests import customers
from tests.blueprints.test_billing_pages import OVERVIEW_BUDGET
from tests.codes import a_seller, sell
from tests.pages import Visitor
from tests.statements import asked

DATABASES = ("sqlite",)

OWNER, ADMIN, VIEWER = (f"org_{role}@acme.example" for role in ("owner", "billing_admin", "billing_read_only"))
APPLY = "/orgs/acme/billing/apply-code"
UNKNOWN = "7K3QX-0M2TB-99ZFA-C4HRW"
NOT_TAKEN = "This code cannot be applied here."


def customer_of(session, world, slug="acme", *, has_address=True):
    organization = session.get_one(Organization, world.organizations[slug].id)
    group = billing_profiles.own_group(session, organization)
    customer = customers.Customer(organization, group, world.projects[slug][0])
    if has_address and billing_profiles.own_profile(session, organization) is None:
        customers.live_at(session, customer)
    return customer


def sold(app, world, *, has_address=True, **sale):
    """A code for acme, as the billing contact reads it."""
    with database.writing(app.extensions["database"]).begin() as session:
        sale = {"on": clock.today()} | sale
        return sell(session, customer_of(session, world, has_address=has_address), **sale)[1]


def signed_in(app, email=OWNER):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def subscriptions(app):
    with database.reading(app.extensions["database"])() as session:
        return session.scalar(select(func.count()).select_from(Subscription))


@pytest.mark.parametrize("email", [OWNER, ADMIN])
def test_an_owner_or_billing_admin_applies_a_code_after_seeing_what_it_stands_for(app, world, email):
    code = sold(app, world)
    form = signed_in(app, email).get("/orgs/acme/billing", budget=OVERVIEW_BUDGET).click("Apply code")
    shown = form.submit(code=f" {code.lower().replace('-', ' ')} ").follow()
    assert shown.h1 == "Activate Monthly Commitment"
    for words in ("$12,000.00", "€0.915 for $1 of usage", "ap@acme.example", "For each of"):
        assert words in shown.text
    assert subscriptions(app) == 0, "looking at it begins nothing"
    answer = shown.submit(f"{APPLY}/contract")
    assert "Monthly Commitment is activated." in answer.visitor.get(answer.location, budget=OVERVIEW_BUDGET).text
    assert subscriptions(app) == 1


@pytest.mark.parametrize("email", [VIEWER, "org_member@acme.example"])
def test_who_may_only_look_at_billing_applies_no_code(app, world, email):
    """A6."""
    visitor = signed_in(app, email)
    assert [visitor.get(path).status for path in (APPLY, f"{APPLY}/contract")] == [403, 403]
    assert [visitor.client.post(path).status_code for path in (APPLY, f"{APPLY}/contract")] == [403, 403]
    assert visitor.get("/orgs/acme/").soup.find("a", href=APPLY) is None


def wrong_codes(app, world):
    """One of each kind."""
    today, now = clock.today(), clock.now()
    with database.writing(app.extensions["database"]).begin() as session:
        acme, by = customer_of(session, world), a_seller(session)
        _, expired = sell(session, acme, on=today - timedelta(91))
        void, void_code = sell(session, acme, on=today)
        activation_codes.void(session, acme.organization, void.hex_id, by=by, reason="Wrong price", at=now)
        used, used_code = sell(session, acme, on=today, type=SubscriptionType.ELASTIC)
        redeeming.redeem(session, acme.organization, used.hex_id, by=by, at=now)
        _, foreign = sell(session, customers.a_customer(session, "globex"), on=today)
    return {"expired": expired, "void": void_code, "used": used_code, "foreign": foreign, "unknown": UNKNOWN}


def answer_to(app, visitor, token, code):
    """What is answered to a code and asked of the database, without what each page draws anew."""
    with asked(app.extensions["database"]) as statements:
        page = visitor.post(APPLY, {"csrf_token": token, "code": code})
    drawn = re.sub(r'value="[^"]*"', "", page.answer.get_data(as_text=True))
    headers = frozenset(name for name, _ in page.answer.headers)
    return page.status, drawn, headers, tuple(statements)


def test_every_wrong_code_gets_the_same_answer_and_the_same_work_however_often(app, world):
    """CODE-8."""
    wrong = wrong_codes(app, world)
    visitor = signed_in(app)
    token = visitor.get(APPLY).soup.find("input", attrs={"name": "csrf_token"})["value"]
    tries = [*wrong.values(), "x" * 5000, "\1", "'; --"] * 5
    assert len(tries) > CODE_ORGANIZATION.attempts
    first, *others = [answer_to(app, visitor, token, code) for code in tries]
    assert (first[0], NOT_TAKEN in first[1]) == (422, True)
    assert set(others) <= {first, others[0]}, "the first try of an hour makes its count, all others raise it"
    assert {answer[:3] for answer in others} == {first[:3]}


@pytest.mark.parametrize("limit", [CODE_PERSON, CODE_ORGANIZATION])
def test_after_too_many_wrong_codes_a_right_one_is_not_taken_and_nothing_says_why(app, world, limit):
    """CODE-8."""
    code = sold(app, world)
    visitor = signed_in(app)
    before = visitor.get(APPLY).submit(code=UNKNOWN)
    subject = world.person(OWNER).user_id if limit is CODE_PERSON else world.organizations["acme"].id
    with database.writing(app.extensions["database"]).begin() as session:
        for _ in range(limit.attempts):
            throttles.count(session, [Hit(limit, str(subject))], at=clock.now())
    page = visitor.get(APPLY).submit(code=code)
    assert (page.status, page.text) == (before.status, before.text)
    assert "Retry-After" not in page.answer.headers


def test_a_right_code_counts_for_nothing(app, world):
    code = sold(app, world)
    visitor = signed_in(app)
    pages = [visitor.get(APPLY).submit(code=code) for _ in range(CODE_PERSON.attempts + 1)]
    assert {page.status for page in pages} == {303}


def test_an_empty_field_is_named_and_what_was_typed_is_kept(app, world):
    visitor = signed_in(app)
    empty = visitor.get(APPLY).submit(code=" ")
    assert empty.status == 422
    assert empty.soup.find(id="code-error").text.strip() == "Enter the activation code."
    assert visitor.get(APPLY).submit(code="abc").soup.find(id="code")["value"] == "abc"


def test_only_the_code_that_was_looked_at_is_activated(app, world):
    first, second = sold(app, world), sold(app, world, type=SubscriptionType.ELASTIC)
    visitor = signed_in(app)
    shown = visitor.get(APPLY).submit(code=first).follow()
    visitor.get(APPLY).submit(code=second)
    page = shown.submit(f"{APPLY}/contract")
    assert page.status == 422
    assert NOT_TAKEN in page.text
    assert subscriptions(app) == 0


def test_a_code_that_another_browser_found_cannot_be_activated_by_its_id(app, world):
    code = sold(app, world)
    shown = signed_in(app).get(APPLY).submit(code=code).follow()
    code_id = shown.soup.find(id="code_id")["value"]
    other = signed_in(app, ADMIN)
    token = other.get(APPLY).soup.find("input", attrs={"name": "csrf_token"})["value"]
    assert other.post(f"{APPLY}/contract", {"csrf_token": token, "code_id": code_id}).status == 422
    assert subscriptions(app) == 0


def test_pressing_twice_activates_once_and_says_the_same(app, world):
    shown = signed_in(app).get(APPLY).submit(code=sold(app, world)).follow()
    answers = [shown.submit(f"{APPLY}/contract") for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert subscriptions(app) == 1


def test_without_a_billing_address_one_is_asked_for_first_and_the_code_stays_good(app, world):
    code = sold(app, world, has_address=False)
    visitor = signed_in(app)
    shown = visitor.get(APPLY).submit(code=code).follow()
    assert "There is no billing address yet." in shown.text
    assert shown.soup.find("button", string="Activate").has_attr("disabled")
    assert shown.submit(f"{APPLY}/contract").status == 422
    assert visitor.get(APPLY).submit(code=code).status == 303


def test_an_owner_is_led_to_invite_a_billing_contact_who_is_no_member(app, world):
    code = sold(app, world)
    form = signed_in(app).get(APPLY).submit(code=code).follow().click("Invite the billing contact")
    assert form.soup.find(id="addresses").text.strip() == "ap@acme.example"
    for_admin = signed_in(app, ADMIN).get(APPLY).submit(code=code).follow()
    assert "Invite the billing contact" not in for_admin.text


def test_the_form_says_until_when_nothing_is_charged_and_what_to_do_about_a_lost_code(app, world):
    visitor = signed_in(app)
    page = visitor.get(APPLY)
    assert "Nothing was used yet." in page.text
    assert "What was charged to a card is not refunded." in page.text
    assert page.soup.find("a", href="mailto:sales@portal.example")
    use_since(app, world, clock.today() - timedelta(29))
    assert "nothing is charged, and a code applied by then also covers what was used" in visitor.get(APPLY).text


def test_in_the_first_30_days_the_contract_covers_what_was_used_before(app, world):
    """A1."""
    first = clock.today() - timedelta(12)
    use_since(app, world, first)
    shown = signed_in(app).get(APPLY).submit(code=sold(app, world)).follow()
    assert f"covers usage from {first.day} {first:%B %Y} on, which is before its term" in shown.text.replace(
        "\xa0", " "
    )


def test_after_the_first_30_days_the_form_says_that_they_are_over(app, world):
    use_since(app, world, clock.today() - timedelta(30))
    assert "The first 30 days of use are over." in signed_in(app).get(APPLY).text


def use_since(app, world, on):
    with database.writing(app.extensions["database"]).begin() as session:
        customers.use(session, customer_of(session, world), on, "5", posted_on=clock.today())


def test_without_a_code_there_is_no_contract_to_look_at(app, world):
    page = signed_in(app).get(f"{APPLY}/contract")
    assert (page.status, page.location) == (303, APPLY)


def test_the_code_stands_in_no_log(app, world, capfd):
    code = sold(app, world)
    shown = signed_in(app).get(APPLY).submit(code=code).follow()
    shown.submit(f"{APPLY}/contract")
    logged = "".join(capfd.readouterr())
    assert f'"{APPLY}"' in logged
    assert code not in logged


def test_a_vendor_without_subscriptions_asks_for_no_code_and_promises_none(app, world):
    visitor = signed_in(app, "super_admin@borealis.example")
    page = visitor.get(APPLY.replace("acme", "borealis"))
    assert (page.soup.find(id="code"), "Aiven has no subscriptions" in page.text) == (None, True)
    overview = visitor.get("/orgs/borealis/billing/subscriptions", budget=OVERVIEW_BUDGET)
    assert "stays unpaid until there is a payment method. Aiven has no subscriptions." in overview.text
    assert "Apply code" not in overview.soup.main.text
