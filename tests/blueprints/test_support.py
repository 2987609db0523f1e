"""The support page of an organization and of a project: the plan, what it includes, who answers; and the policy."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import catalogues, clock, database
from portal.domain.catalogue import ContactKind
from portal.domain.support_wishes import Wish, WishKind
from portal.models.organizations import Organization, User
from portal.services import account_teams, pricing_choices, support_blocks, support_changes
from tests.pages import Visitor

DATABASES = ("sqlite",)

OWNER, MEMBER = "org_owner@acme.example", "org_member@acme.example"
FIRST_PEOPLE = {"acme": OWNER, "borealis": "super_admin@borealis.example", "cobalt": "admin@cobalt.example"}


def signed_in(app, email=OWNER):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def writing(app):
    return database.writing(app.extensions["database"]).begin()


def staff(session):
    return session.scalars(select(User).where(User.email == "support@portal.example")).one()


@pytest.mark.parametrize("slug", FIRST_PEOPLE)
def test_the_page_has_every_channel_and_the_contact_routes_of_the_vendor(app, world, slug):
    page = signed_in(app, FIRST_PEOPLE[slug]).get(f"/orgs/{slug}/support")
    catalogue = catalogues.load(world.organizations[slug].catalogue)
    assert page.h1 == "Support"
    assert catalogue.words.current_plan in page.text
    shown = {one.text.strip() for one in page.soup.select("#included ~ *, section[aria-labelledby=included] dt")}
    assert {channel.name for channel in catalogue.channels.values()} <= shown
    links = {link["href"] for link in page.soup.select("main a")}
    others = {kind: contact for kind, contact in catalogue.contacts.items() if kind is not ContactKind.PHONE}
    assert {contact.link for contact in others.values()} <= links


def test_a_plan_without_phone_shows_no_number(app, world):
    number = catalogues.load("atlas").contacts[ContactKind.PHONE].phone
    assert number not in signed_in(app).get("/orgs/acme/support").text


def test_a_plan_with_phone_shows_its_number_and_for_what_it_is(app, world):
    number = catalogues.load("atlas").contacts[ContactKind.PHONE].phone
    with writing(app) as session:
        acme = session.get_one(Organization, world.organizations["acme"].id)
        support_changes.make(session, acme, Wish(WishKind.CHANGE, "pro"), at=clock.now(), by=None)
    page = signed_in(app).get("/orgs/acme/support")
    assert f"Phone {number}" in page.text
    assert page.soup.find("a", href="tel:+12025550143")


def agree(app, world, plan, *, variant=None):
    with writing(app) as session:
        cobalt = session.get_one(Organization, world.organizations["cobalt"].id)
        changed = {"variant": variant, "reason": "Agreed with sales.", "by_staff": True}
        pricing_choices.change(session, cobalt, plan, at=clock.now(), by=None, **changed)


def test_what_is_expected_is_told_from_what_is_promised(app, world):
    """NE-5."""
    visitor = signed_in(app, FIRST_PEOPLE["cobalt"])
    agree(app, world, "launch")
    assert "3 business days, what you can expect" in visitor.get("/orgs/cobalt/support").text
    agree(app, world, "enterprise", variant="gold")
    page = visitor.get("/orgs/cobalt/support")
    assert "< 1 hour, around the clock" in page.text
    assert "what you can expect" not in page.text


def test_the_account_team_is_shown_by_name_and_address(app, world):
    with writing(app) as session:
        acme = session.get_one(Organization, world.organizations["acme"].id)
        account_teams.add(
            session, acme, name="Ida Falk", works_as="Sales", email="ida@x.example", by=staff(session), at=clock.now()
        )
    page = signed_in(app, MEMBER).get("/orgs/acme/support")
    assert "Ida Falk" in page.text
    assert page.soup.find("a", href="mailto:ida@x.example")
    assert "Nobody is named yet" in signed_in(app, FIRST_PEOPLE["cobalt"]).get("/orgs/cobalt/support").text


def test_who_is_kept_from_support_reads_why_and_sees_invoices_as_before(app, world):
    """NE-16."""
    with writing(app) as session:
        acme = session.get_one(Organization, world.organizations["acme"].id)
        support_blocks.block(session, acme, "Insults in three cases.", by=staff(session), at=clock.now())
    visitor = signed_in(app)
    page = visitor.get("/orgs/acme/support")
    assert "You get no support at present." in page.text
    assert "Insults in three cases." in page.text
    assert page.soup.find("button", string=lambda words: words and "Create New Case" in words).has_attr("disabled")
    assert visitor.get("/orgs/acme/billing/invoices").status == 200


def test_a_project_has_the_page_too_for_whoever_sees_the_project(app, world):
    shop, lab = world.projects["acme"]
    visitor = signed_in(app, "group_read_only@acme.example")
    assert visitor.get(f"/orgs/acme/projects/{shop.hex_id}/support").h1 == "Support for shop"
    assert visitor.get(f"/orgs/acme/projects/{lab.hex_id}/support").status == 403
    collaborator = signed_in(app, "collaborator@cobalt.example")
    (own, _) = world.projects["cobalt"]
    assert collaborator.get(f"/orgs/cobalt/projects/{own.hex_id}/support").status == 200
    assert collaborator.get("/orgs/cobalt/support").status == 403


def test_the_address_that_people_know_leads_to_the_form(app, world):
    """NE-10, V-AMB-22."""
    answer = signed_in(app, FIRST_PEOPLE["cobalt"]).get("/orgs/cobalt/projects?modal=support")
    assert (answer.status, answer.location) == (303, "/orgs/cobalt/support/cases/new")


def test_who_may_raise_a_case_goes_to_the_form_and_others_are_told(app, world):
    with writing(app) as session:
        acme = session.get_one(Organization, world.organizations["acme"].id)
        support_changes.make(session, acme, Wish(WishKind.CHANGE, "pro"), at=clock.now(), by=None)
    shop = world.projects["acme"][0].hex_id
    assert signed_in(app).get("/orgs/acme/support").soup.find("a", href="/orgs/acme/support/cases/new")
    of_project = signed_in(app, "group_owner@acme.example").get(f"/orgs/acme/projects/{shop}/support")
    assert of_project.soup.find("a", href=f"/orgs/acme/support/cases/new?project={shop}")
    assert "Your roles do not let you open support cases here." in signed_in(app, MEMBER).get("/orgs/acme/support").text


@pytest.mark.parametrize("name", catalogues.names())
def test_everybody_reads_the_policy_and_its_earlier_versions(app, world, name):
    visitor = Visitor(app)
    page = visitor.get(f"/support/policy/{name}")
    assert "In force" in page.text
    for head in ("Scope", "What is not covered", "Severities", "First response", "Etiquette", "What we ask of you"):
        assert page.soup.find("h2", string=head)
    severities = [one.name for one in catalogues.load(name).severities.values()]
    assert {one.text for one in page.soup.select(".policy tbody th")} == set(severities)
    earlier = [link["href"] for link in page.soup.select("section[aria-labelledby=versions] a")]
    assert earlier
    before = visitor.get(str(earlier[0]))
    assert "Earlier version" in before.text
    assert before.click("Read the one in force").soup.title == page.soup.title


def test_the_policy_without_a_vendor_is_that_of_the_own_one_or_the_first_and_leads_to_the_others(app, world):
    first = Visitor(app).get("/support/policy").follow()
    assert first.h1 == "Support policy of Aiven"
    assert first.click("Neon").h1 == "Support policy of Neon"
    assert signed_in(app, MEMBER).get("/support/policy").follow().h1 == "Support policy of Atlas"


def test_a_member_reads_the_policy_of_the_own_vendor(app, world):
    visitor = signed_in(app, MEMBER)
    page = visitor.get("/orgs/acme/support").click("Support policy")
    assert page.h1 == "Support policy of Atlas"
    (earlier,) = page.soup.select("section[aria-labelledby=versions] a")
    assert visitor.get(earlier["href"]).h1 == "Support policy of Atlas"
    assert visitor.get("/orgs/acme/support/policy/1999-01-01").status == 404


@pytest.mark.parametrize("path", ["/support/policy/nobody", "/support/policy/atlas/1999-01-01"])
def test_there_is_no_other_policy(app, world, path):
    assert Visitor(app).get(path).status == 404
