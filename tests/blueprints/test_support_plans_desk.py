"""Staff: plans are changed on request, and requests for tiers are decided (AV-21, NE-42, V-AMB-25)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.domain.periods import Month
from portal.models.organizations import Organization
from portal.models.support_choices import PricingChoice, SupportChoice
from portal.services import support_standing, support_tiers
from tests.blueprints.test_plan_changes import SUPER_ADMIN, used
from tests.pages import Visitor

DATABASES = ("sqlite",)

SALES, AGENT = "sales@portal.example", "support@portal.example"


def desk(app, world, slug="acme", email=SALES):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor.get(path_of(world, slug))


def path_of(world, slug):
    return f"/staff/organizations/{world.organizations[slug].hex_id}/support"


def plan_of(app, world, slug):
    with database.reading(app.extensions["database"])() as session:
        organization = session.get_one(Organization, world.organizations[slug].id)
        return support_standing.plan_of(session, organization, on=clock.today())


def count(app, model):
    with database.reading(app.extensions["database"])() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_staff_give_a_plan_that_customers_do_not_select(app, world):
    """M8."""
    visitor = desk(app, world).visitor
    review = visitor.get(f"{path_of(world, 'acme')}/plan?plan=enterprise")
    assert "What changes" in review.text
    refused = review.submit(reason="")
    assert refused.status == 422
    assert "Enter who asked for it, and why." in refused.text
    assert count(app, SupportChoice) == 0
    assert "The plan is changed." in refused.submit(reason="Asked for by Alma, as agreed.").follow().text
    with database.reading(app.extensions["database"])() as session:
        choice = session.scalars(select(SupportChoice)).one()
        assert (choice.plan, choice.by_staff, choice.reason) == ("enterprise", True, "Asked for by Alma, as agreed.")


def test_staff_set_the_variant_of_a_plan(app, world):
    """V-AMB-25."""
    visitor = desk(app, world, "cobalt").visitor
    path = f"{path_of(world, 'cobalt')}/plan"
    visitor.get(f"{path}?plan=enterprise&variant=gold").submit(reason="Agreed with sales.")
    standing = plan_of(app, world, "cobalt")
    assert (standing.plan.key, standing.variant) == ("enterprise", "gold")
    visitor.get(f"{path}?plan=enterprise&variant=standard").submit(reason="Agreed with sales again.")
    assert plan_of(app, world, "cobalt").variant == "standard"
    assert "no variants" in visitor.get(f"{path}?plan=scale&variant=gold").text
    assert count(app, PricingChoice) == 2


def test_what_changed_meanwhile_is_not_confirmed(app, world):
    visitor = desk(app, world, "cobalt").visitor
    path = f"{path_of(world, 'cobalt')}/plan"
    review = visitor.get(f"{path}?plan=scale")
    visitor.get(f"{path}?plan=launch").submit(reason="Asked for by Cleo.")
    answer = review.submit(reason="Asked for by Cleo.")
    assert answer.status == 422
    assert "What you were shown has changed since." in answer.text
    assert plan_of(app, world, "cobalt").plan.key == "standard"


@pytest.mark.parametrize("query", ["?plan=gold", "?plan=launch"])
def test_there_is_no_other_plan(app, world, query):
    assert desk(app, world).visitor.get(f"{path_of(world, 'acme')}/plan{query}").status == 404


def asked(app, world):
    """Borealis asked for Priority from this month on."""
    customer = used(app, world)
    with database.writing(app.extensions["database"]).begin() as session:
        organization = session.get_one(Organization, world.organizations["borealis"].id)
        wish = support_tiers.TierWish("priority", Month.of(clock.today()), customer.group.id)
        support_tiers.ask(session, organization, wish, by=None, at=clock.now())


def decide(page, **fields):
    action = page.soup.find("form", attrs={"aria-label": "Decide on the request"})["action"]
    return page.submit(action, **{f"decision-{name}": value for name, value in fields.items()})


def test_a_request_is_set_up_and_then_active(app, world):
    asked(app, world)
    page = desk(app, world, "borealis")
    assert page.visitor.get("/staff/tier-requests").soup.find("a", href=path_of(world, "borealis"))
    page = decide(page, state="in_setup").follow()
    assert "Being set up" in page.text
    decide(page, state="active")
    assert plan_of(app, world, "borealis").plan.key == "priority"
    assert "Nobody waits" in page.visitor.get("/staff/tier-requests").text
    customer = Visitor(app)
    customer.sign_in(SUPER_ADMIN)
    support = customer.get("/orgs/borealis/support")
    assert [one.text.strip() for one in support.soup.select("#plan")] == ["Priority"]
    assert "Progress of your request Priority Active" in support.text


def test_who_is_turned_down_reads_why(app, world):
    asked(app, world)
    page = desk(app, world, "borealis")
    refused = decide(page, state="rejected", reason="")
    assert refused.status == 422
    assert "The customer reads it." in refused.text
    decide(page, state="rejected", reason="Please pay the open invoice first.")
    customer = Visitor(app)
    customer.sign_in(SUPER_ADMIN)
    assert "Please pay the open invoice first." in customer.get("/orgs/borealis/support").text


def test_a_day_before_the_start_month_is_refused(app, world):
    asked(app, world)
    answer = decide(desk(app, world, "borealis"), state="scheduled", active_on="2001-01-01")
    assert answer.status == 422
    assert "or later" in answer.text


def test_support_looks_and_does_not_decide(app, world):
    asked(app, world)
    page = desk(app, world, "borealis", AGENT)
    assert "Submitted" in page.text
    assert page.soup.find("form", attrs={"aria-label": "Decide on the request"}) is None
    assert page.visitor.get(f"{path_of(world, 'borealis')}/plan?plan=business").status == 403
    assert page.visitor.get("/staff/tier-requests").status == 403
