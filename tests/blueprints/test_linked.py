"""Linked organizations in a browser: choose, review, finish; what each side reads; unlink and take back (13.6)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.domain.periods import Month
from portal.models.links import Link
from portal.models.organizations import Organization, User
from portal.services import billing_profiles, collecting, invoices
from tests import customers
from tests.blueprints.test_billing_pages import OVERVIEW_BUDGET
from tests.linked import commit_to, manage
from tests.pages import Visitor

DATABASES = ("sqlite",)

OWNER, ADMIN, VIEWER = (f"org_{role}@acme.example" for role in ("owner", "billing_admin", "billing_read_only"))
ALPHA, BETA = "/orgs/acme/billing", "/orgs/beta/billing"
LINKED = f"{ALPHA}/linked"
BUDGET = 21
LAST_MONTH = Month.of(clock.today()).preceding()


def a_pair(app, world, *, subscribed=True, other_pays_by="card_ok"):
    """Acme with a monthly commitment of 799, and Beta, where Acme's owner manages billing too; both as customers."""
    since = LAST_MONTH.first_on
    with database.writing(app.extensions["database"]).begin() as session:
        acme = session.get_one(Organization, world.organizations["acme"].id)
        acme.created_at = customers.midnight(since)
        payer = customers.Customer(acme, billing_profiles.own_group(session, acme), world.projects["acme"][0])
        customers.live_at(session, payer)
        if subscribed:
            commit_to(session, payer, 12 * 79_900, on=since)
        other = customers.a_customer(session, "beta", method=other_pays_by, since=since)
        manage(session, session.get_one(User, world.person(OWNER).user_id), other)
    return payer, other


def linked(app, payer, other, *, since=LAST_MONTH.first_on):
    """Acme pays for Beta from `since` on; 400 and 200 were used in the month."""
    with database.writing(app.extensions["database"]).begin() as session:
        session.add(
            Link(payer_id=payer.organization.id, linked_id=other.organization.id, linked_at=customers.midnight(since))
        )
        customers.use(session, payer, since, "400")
        customers.use(session, other, since, "200")


def closed(app, payer):
    with database.writing(app.extensions["database"]).begin() as session:
        organization = session.get_one(Organization, payer.organization.id)
        customers.close(session, customers.Customer(organization, payer.group, payer.project), str(LAST_MONTH))


def signed_in(app, email=OWNER):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def links_open(app):
    with database.reading(app.extensions["database"])() as session:
        return session.scalar(select(func.count()).select_from(Link).where(Link.ended_at.is_(None)))


def test_one_chooses_reviews_and_finishes(app, world):
    _, other = a_pair(app, world)
    choice = signed_in(app).get(LINKED, budget=BUDGET).click("Start linking", budget=BUDGET)
    assert "Beta" in choice.text
    review = choice.submit(organization=other.organization.hex_id)
    assert "Acme will pay for Beta." in review.text
    assert links_open(app) == 0, "looking at it links nothing"
    answer = review.submit(LINKED)
    page = answer.visitor.get(answer.location, budget=BUDGET)
    assert "Beta is linked." in page.text
    assert "Link more organizations" in page.text
    assert links_open(app) == 1


def test_who_chooses_nobody_is_told_so(app, world):
    a_pair(app, world)
    page = signed_in(app).get(f"{LINKED}/new", budget=BUDGET)
    token = page.soup.find("input", attrs={"name": "csrf_token"})["value"]
    answer = page.visitor.post(f"{LINKED}/new/review", {"csrf_token": token})
    assert answer.status == 422
    assert "Choose at least one organization." in answer.text


def test_what_hinders_the_others_is_said(app, world):
    _, other = a_pair(app, world)
    choice = signed_in(app).get(f"{LINKED}/new", budget=BUDGET)
    review = choice.submit(organization=other.organization.hex_id)
    with database.writing(app.extensions["database"]).begin() as session:
        customers.go_elastic(session, other, clock.today())
    page = review.visitor.get(f"{LINKED}/new", budget=BUDGET)
    assert "Beta has a subscription of its own" in page.text
    answer = review.submit(LINKED)
    assert answer.status == 422
    assert "Beta has a subscription of its own, which would settle nothing." in answer.text
    assert links_open(app) == 0


def test_without_a_subscription_there_is_nothing_to_link(app, world):
    a_pair(app, world, subscribed=False)
    visitor = signed_in(app)
    assert visitor.get(ALPHA, budget=OVERVIEW_BUDGET).soup.find("a", href=LINKED) is None
    page = visitor.get(LINKED, budget=BUDGET)
    assert "Acme has no subscription that covers today." in page.text
    assert page.soup.find("a", href=f"{LINKED}/new") is None


def test_with_a_subscription_it_stands_in_the_navigation(app, world):
    a_pair(app, world)
    assert signed_in(app).get(ALPHA, budget=OVERVIEW_BUDGET).soup.find("a", href=LINKED)
    assert signed_in(app, VIEWER).get(ALPHA, budget=OVERVIEW_BUDGET).soup.find("a", href=LINKED) is None


@pytest.mark.parametrize("email", [VIEWER, "org_member@acme.example"])
def test_who_does_not_manage_billing_links_nobody(app, world, email):
    """P6, P7."""
    _, other = a_pair(app, world)
    visitor = signed_in(app, email)
    assert [visitor.get(path).status for path in (LINKED, f"{LINKED}/new")] == [403, 403]
    assert visitor.client.post(LINKED, data={"organization": other.organization.hex_id}).status_code == 403


def test_who_manages_only_the_payer_reads_linked_invoices_and_cannot_unlink(app, world):
    """P6, P7."""
    payer, other = a_pair(app, world)
    linked(app, payer, other)
    closed(app, payer)
    page = signed_in(app, ADMIN).get(LINKED, budget=BUDGET)
    assert "$266.33" in page.text
    assert not [link for link in page.soup.find_all("a", href=True) if "/orgs/beta/" in link["href"]]
    answer = page.click("Unlink Beta", budget=BUDGET).submit()
    assert answer.status == 422
    assert "You do not manage the billing of Beta." in answer.text


def test_400_and_200_under_a_minimum_of_799_stand_on_both_invoices(app, world):
    payer, other = a_pair(app, world)
    linked(app, payer, other)
    closed(app, payer)
    visitor = signed_in(app)
    own, theirs = (_invoice(app, visitor, customer) for customer in (payer, other))
    assert "of it linked organizations 200.00" in own.text
    assert "799.00" in own.text
    assert "Atlas monthly commitment, paid by Acme" in theirs.text
    assert "266.33" in theirs.text
    assert "Acme pays for it; this is the share by usage." in theirs.text
    assert "View details" not in theirs.text


def test_a_share_is_paid_when_the_payer_has_paid(app, world):
    payer, other = a_pair(app, world)
    linked(app, payer, other)
    closed(app, payer)
    visitor = signed_in(app)
    assert "Successful" not in _statuses(_invoice(app, visitor, other))
    with database.writing(app.extensions["database"]).begin() as session:
        (payment,) = customers.payments(session, payer)
        collecting.record_transfer(session, payment, payment.total_minor, reference="t", at=clock.now())
    assert "Successful" in _statuses(_invoice(app, visitor, other)), "what was drawn before is not kept"


def test_before_the_close_each_reads_its_running_month(app, world):
    payer, other = a_pair(app, world)
    closed(app, payer)
    closed(app, other)
    linked(app, payer, other, since=Month.of(clock.today()).first_on)
    visitor = signed_in(app)
    overview = visitor.get(BETA, budget=OVERVIEW_BUDGET + 5)
    assert "Paid by Acme" in overview.text
    pending = visitor.get(f"{BETA}/invoices/pending", budget=OVERVIEW_BUDGET)
    assert "paid by Acme" in pending.text
    assert "of it linked organizations 200.00" in visitor.get(f"{ALPHA}/invoices/pending", budget=OVERVIEW_BUDGET).text
    assert "$200.00" in visitor.get(LINKED, budget=BUDGET).text
    assert "Acme pays for Beta" in visitor.get(f"{BETA}/linked", budget=BUDGET).text


def test_one_unlinks_and_takes_it_back(app, world):
    payer, other = a_pair(app, world)
    linked(app, payer, other)
    review = signed_in(app).get(LINKED, budget=BUDGET).click("Unlink Beta", budget=BUDGET)
    assert "Beta pays by itself" in review.text
    answer = review.submit()
    page = answer.visitor.get(answer.location, budget=BUDGET)
    assert "Ends with the next close" in page.text
    answer = page.submit()
    page = answer.visitor.get(answer.location, budget=BUDGET)
    assert "The link goes on." in page.text
    assert "Ends with the next close" not in page.text


def test_who_has_nothing_to_pay_by_is_told_before(app, world):
    payer, other = a_pair(app, world, other_pays_by=None)
    linked(app, payer, other)
    page = signed_in(app).get(f"{BETA}/linked", budget=BUDGET).click("Unlink", budget=BUDGET)
    assert "Beta needs a payment method, or an activation code to apply" in page.text
    assert page.soup.find("main").find("form", method="post") is None


def _invoice(app, visitor, customer):
    with database.reading(app.extensions["database"])() as session:
        organization = organization_of(session, customer)
        invoice = invoices.last_invoice(session, organization)
    assert invoice
    return visitor.get(f"/orgs/{organization.slug}/billing/invoices/{invoice.number}", budget=BUDGET)


def organization_of(session, customer):
    return session.get_one(Organization, customer.organization.id)


def _statuses(page):
    return [badge.get_text(strip=True) for badge in page.soup.select("main .badge")]
