"""Changes of the plan in a browser: choose, see the cost and from when, confirm (atlas 2.2, aiven 2.1, neon 5.5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.domain.periods import Month
from portal.domain.support_wishes import Wish, WishKind
from portal.domain.tier_requests import TierState
from portal.models.links import Link
from portal.models.organizations import Organization, User
from portal.models.support_choices import PricingChoice, SupportChoice, TierRequest
from portal.services import (
    account_teams,
    billing_profiles,
    pricing_choices,
    support_changes,
    support_tiers,
    tier_decisions,
    tier_turns,
)
from tests import customers
from tests.pages import Visitor

DATABASES = ("sqlite",)

OWNER, MEMBER, VIEWER = (f"org_{role}@acme.example" for role in ("owner", "member", "billing_read_only"))
SUPER_ADMIN, ADMIN = "super_admin@borealis.example", "admin@cobalt.example"
PLANS = "/orgs/acme/support/plans"
TIERS, PRICING = "/orgs/borealis/support/plans", "/orgs/cobalt/support/plans"
COSTS = 24  # Statements for the costs of a tier: its choice is read to draw the form, and again to decide.


def signed_in(app, email=OWNER):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def writing(app):
    return database.writing(app.extensions["database"]).begin()


def count(app, model):
    with database.reading(app.extensions["database"])() as session:
        return session.scalar(select(func.count()).select_from(model))


def organization(session, world, slug="acme"):
    return session.get_one(Organization, world.organizations[slug].id)


def has(app, world, plan, *, days_ago=0, kind=WishKind.CHANGE):
    """Acme wished for this plan that many days ago."""
    at = clock.now() - timedelta(days=days_ago)
    with writing(app) as session:
        support_changes.make(session, organization(session, world), Wish(kind, plan), at=at, by=None)


def used(app, world, slug="borealis"):
    """The organization has a paid service since a year."""
    with writing(app) as session:
        owner = organization(session, world, slug)
        since = date(clock.today().year - 1, 1, 1)
        owner.created_at = customers.midnight(since)
        customer = customers.Customer(owner, billing_profiles.own_group(session, owner), world.projects[slug][0])
        customers.live_at(session, customer)
        customers.use(session, customer, since, "8000")
        return customer


def test_the_vendors_words_stand_on_the_ways(app, world):
    page = signed_in(app).get(PLANS)
    links = {link["href"]: " ".join(link.text.split()) for link in page.soup.select(".plan-cards a")}
    assert links[f"{PLANS}/developer/trial"] == "Start 30 Day Free Trial Developer"
    assert links[f"{PLANS}/pro"] == "Select Plan Pro"
    assert len(page.soup.select("main [data-kind=primary]")) == 1, "one primary button a page"


def test_enterprise_leads_to_sales_and_is_not_selected(app, world):
    """M8."""
    visitor = signed_in(app)
    page = visitor.get(PLANS)
    assert page.soup.find("a", href=f"{PLANS}/enterprise") is None
    assert "Talk to sales" in page.text
    review = visitor.get(f"{PLANS}/enterprise")
    assert "Contact Sales" in review.text
    assert review.soup.find("a", href="/orgs/acme/billing/talk-to-sales")
    assert review.soup.select("main form[method=post]") == []


def test_a_trial_says_its_days_and_what_follows_before_it_starts(app, world):
    """M1."""
    review = signed_in(app).get(f"{PLANS}/developer/trial")
    last = clock.today() + timedelta(days=29)
    assert f"{last.day}\N{NO-BREAK SPACE}{last:%B}" in review.soup.get_text()
    assert "$60.00 a month" in review.text
    assert count(app, SupportChoice) == 0, "looking at it starts nothing"
    assert review.soup.find("button", string="Confirm and Start Using Support")
    page = review.submit().follow()
    assert "Developer has begun." in page.text
    assert "Free trial" in page.soup.select_one("section[aria-labelledby=plan]").text
    assert count(app, SupportChoice) == 1


def test_a_trial_is_cancelled_at_once(app, world):
    """M3."""
    has(app, world, "developer", days_ago=3, kind=WishKind.START_TRIAL)
    review = signed_in(app).get(f"{PLANS}/basic")
    assert review.h1 == "Cancel Developer"
    assert "Nothing is billed." in review.text
    page = review.submit().follow()
    assert page.soup.find(id="plan").text.strip() == "Basic"


def test_an_upgrade_is_had_at_once_and_paid_from_the_next_month_on(app, world):
    """M4."""
    has(app, world, "developer", days_ago=70)
    review = signed_in(app).get(f"{PLANS}/pro")
    first = Month.of(clock.today()).following().first_on
    assert "at once" in review.text
    assert f"10 % of the month’s usage, at least $799.00 a month, from 1 {first:%B %Y} on" in review.text
    page = review.submit().follow()
    assert page.soup.find(id="plan").text.strip() == "Pro"


def test_a_downgrade_waits_for_the_next_month_and_can_be_taken_back(app, world):
    """M5, M7."""
    has(app, world, "pro", days_ago=70)
    visitor = signed_in(app)
    page = visitor.get(f"{PLANS}/developer").submit().follow()
    assert "Pro goes on until the end of the month. Then Developer follows." in page.text
    card = page.soup.select_one("section[aria-labelledby=plan]").text
    assert "Scheduled" in card
    assert "Developer From 1 " in visitor.get(PLANS).text
    keeping = page.click("Keep Pro")
    assert keeping.h1 == "Keep Pro"
    assert "Pro goes on" in keeping.text
    page = keeping.submit().follow()
    assert "Pro goes on." in page.text
    assert "Scheduled" not in page.soup.select_one("section[aria-labelledby=plan]").text


def test_a_plan_is_cancelled_to_the_end_of_the_month(app, world):
    """M6."""
    has(app, world, "pro", days_ago=70)
    review = signed_in(app).get(f"{PLANS}/basic")
    assert "Pro up to and including" in review.text
    page = review.submit().follow()
    assert page.soup.find(id="plan").text.strip() == "Pro"
    assert "Basic" in page.soup.select_one("section[aria-labelledby=plan]").text


def test_who_comes_back_sees_the_days_that_are_billed_as_well(app, world):
    """M11."""
    has(app, world, "developer", days_ago=50, kind=WishKind.START_TRIAL)
    has(app, world, "basic", days_ago=40)
    review = signed_in(app).get(f"{PLANS}/developer")
    assert "You had a paid plan before." in review.text
    assert review.soup.select_one("table caption").text.startswith("What is billed for the days since")
    assert "Together" in review.text


def test_what_changed_meanwhile_is_not_confirmed(app, world):
    review = signed_in(app).get(f"{PLANS}/pro")
    has(app, world, "developer", days_ago=60, kind=WishKind.START_TRIAL)
    has(app, world, "basic", days_ago=50)
    answer = review.submit()
    assert answer.status == 422
    assert "What you were shown has changed since." in answer.text
    assert count(app, SupportChoice) == 2
    assert answer.submit().status == 303, "what is shown now can be confirmed"


def test_linked_organizations_choose_no_plan(app, world):
    """M9."""
    with writing(app) as session:
        other = customers.a_customer(session, "beta")
        acme = organization(session, world)
        session.add(Link(payer_id=acme.id, linked_id=other.organization.id, linked_at=clock.now()))
    review = signed_in(app).get(f"{PLANS}/pro")
    assert "Linked organizations share the support plan" in review.text
    plans = review.visitor.get(PLANS)
    assert "Linked organizations share one support plan." in plans.text
    assert plans.soup.select(".plan-cards a") == []
    assert review.soup.select("main form[method=post]") == []


@pytest.mark.parametrize("email", [MEMBER, VIEWER])
def test_who_may_not_change_the_plan_only_looks(app, world, email):
    """P17."""
    visitor = signed_in(app, email)
    page = visitor.get(PLANS)
    assert "You can look at the plans." in page.text
    assert page.soup.select(".plan-cards a") == []
    assert visitor.get(f"{PLANS}/pro").status == 403
    token = page.visitor.get("/account").soup.find("input", attrs={"name": "csrf_token"})["value"]
    assert visitor.post(f"{PLANS}/pro", {"csrf_token": token}).status == 403


@pytest.mark.parametrize("path", [f"{PLANS}/gold", f"{PLANS}/launch", f"{PRICING}/priority"])
def test_there_is_no_other_plan(app, world, path):
    assert signed_in(app, OWNER if "acme" in path else ADMIN).get(path).status == 404


def test_a_tier_is_asked_for_with_its_month_and_billing_group(app, world):
    """AV-20 to AV-30."""
    used(app, world)
    visitor = signed_in(app, SUPER_ADMIN)
    page = visitor.get("/orgs/borealis/support").click("Upgrade to Enterprise")
    form = page.click("Choose tier Priority")
    assert "a percentage of the total service spend for the whole month, starting from the 1st" in form.text
    assert "all of its organizational units" in form.text
    month = Month.of(clock.today())
    group = form.soup.find("input", attrs={"name": "billing_group"})["value"]
    assert len(form.soup.select("input[name=start_month]")) == 3, "V-AMB-4"
    path = f"{TIERS}/priority?start_month={month}&billing_group={group}"
    costs = visitor.get(path, budget=COSTS)
    assert "4.5 % of the month’s usage, at least $500.00 a month" in costs.text
    assert count(app, TierRequest) == 0, "looking at it asks for nothing"
    page = costs.submit().follow()
    assert "Progress of your request Priority Submitted" in page.text
    refused = visitor.get(f"{TIERS}/business")
    assert "There is one at a time." in refused.text, "AV-23"
    page = page.submit()
    assert count(app, TierRequest) == 1
    assert "Progress of your request" not in page.follow().text, "it is taken back"


def test_a_month_or_a_billing_group_that_is_left_out_is_asked_for(app, world):
    used(app, world)
    answer = signed_in(app, SUPER_ADMIN).get(f"{TIERS}/priority?start_month=", budget=COSTS)
    assert answer.status == 422
    assert "Choose the month that it starts with." in answer.text
    assert "Choose a billing group." in answer.text


@pytest.mark.parametrize("query", ["start_month=2001-01&billing_group=1", "start_month=2999-01&billing_group=x"])
def test_another_month_or_group_cannot_be_made_up(app, world, query):
    used(app, world)
    assert signed_in(app, SUPER_ADMIN).get(f"{TIERS}/priority?{query}", budget=COSTS).status == 422


def test_a_lower_tier_is_a_matter_of_the_account_team(app, world):
    """AV-21."""
    customer = used(app, world)
    with writing(app) as session:
        owner, at = organization(session, world, "borealis"), clock.now()
        by = session.scalars(select(User).where(User.email == "sales@portal.example")).one()
        account_teams.add(session, owner, name="Ida", works_as="Sales", email="ida@portal.example", by=by, at=at)
        wish = support_tiers.TierWish("business", Month.of(at), customer.group.id)
        asked = support_tiers.ask(session, owner, wish, by=by, at=at)
        for state in (TierState.IN_SETUP, TierState.ACTIVE):
            tier_decisions.decide(session, owner, asked.hex_id, state, by=by, at=at)
    visitor = signed_in(app, SUPER_ADMIN)
    page = visitor.get(TIERS)
    assert "To move to a lower tier, contact your account team." in page.text
    review = visitor.get(f"{TIERS}/priority")
    assert review.soup.find("a", href="mailto:ida@portal.example")
    assert review.soup.select("main form") == []


def test_who_uses_free_services_only_has_no_tier_to_upgrade(app, world):
    """AV-2, AV-22."""
    page = signed_in(app, SUPER_ADMIN).get(TIERS)
    assert "Support tiers are for organizations with a paid service." in page.text
    assert page.soup.select(".plan-cards a") == []


def test_support_changes_with_the_pricing_plan(app, world):
    """NE-40, NE-46."""
    visitor = signed_in(app, ADMIN)
    page = visitor.get("/orgs/cobalt/support")
    assert page.soup.find(id="plan").text.strip() == "Community"
    review = page.click("Change plan").click("Choose plan Launch")
    assert "Community now, then Standard" in review.text
    assert "$19.00 a month" in review.text
    page = review.submit().follow()
    assert "You have Launch now" in page.text
    assert page.soup.find(id="plan").text.strip() == "Standard"


def test_a_pricing_plan_that_changed_meanwhile_is_not_confirmed(app, world):
    review = signed_in(app, ADMIN).get(f"{PRICING}/launch")
    with writing(app) as session:
        pricing_choices.change(session, organization(session, world, "cobalt"), "scale", at=clock.now(), by=None)
    answer = review.submit()
    assert answer.status == 422
    assert "What you were shown has changed since." in answer.text
    assert count(app, PricingChoice) == 1


def test_a_tier_that_was_asked_for_meanwhile_is_not_asked_for_again(app, world):
    """AV-23."""
    customer = used(app, world)
    visitor, month = signed_in(app, SUPER_ADMIN), Month.of(clock.today())
    query = f"start_month={month}&billing_group={customer.group.id}"
    costs = visitor.get(f"{TIERS}/priority?{query}", budget=COSTS)
    with writing(app) as session:
        wish = support_tiers.TierWish("business", month, customer.group.id)
        support_tiers.ask(session, organization(session, world, "borealis"), wish, by=None, at=clock.now())
    answer = costs.submit()
    assert answer.status == 422
    assert "There is one at a time." in answer.text
    assert count(app, TierRequest) == 1


def test_a_smaller_pricing_plan_warns_of_its_limits(app, world):
    """NE-41."""
    with writing(app) as session:
        pricing_choices.change(session, organization(session, world, "cobalt"), "scale", at=clock.now(), by=None)
    review = signed_in(app, ADMIN).get(f"{PRICING}/launch")
    assert "First remove what exceeds the smaller plan's allowances." in review.text
    assert count(app, PricingChoice) == 1


def test_enterprise_of_a_pricing_plan_is_a_matter_of_sales(app, world):
    """NE-42."""
    visitor = signed_in(app, ADMIN)
    assert visitor.get(PRICING).soup.find("a", href=f"{PRICING}/enterprise") is None
    review = visitor.get(f"{PRICING}/enterprise")
    assert "Enterprise is agreed by contract." in review.text
    assert review.soup.select("main form[method=post]") == []


def test_a_request_that_was_turned_down_says_why(app, world):
    customer = used(app, world)
    with writing(app) as session:
        owner, at = organization(session, world, "borealis"), clock.now()
        by = session.scalars(select(User).where(User.email == "sales@portal.example")).one()
        wish = support_tiers.TierWish("priority", Month.of(at), customer.group.id)
        asked = support_tiers.ask(session, owner, wish, by=by, at=at)
        why = "Please pay the open invoice first."
        tier_decisions.decide(session, owner, asked.hex_id, TierState.REJECTED, by=by, at=at, reason=why)
        assert tier_turns.find(session, owner, asked.hex_id, on=at.date())
    page = signed_in(app, SUPER_ADMIN).get("/orgs/borealis/support")
    assert "Turned down" in page.text
    assert "Please pay the open invoice first." in page.text
