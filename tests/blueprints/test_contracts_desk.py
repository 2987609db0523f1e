"""Staff's desk for contracts and credits: the effect is shown before it is done, and everything can be undone."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from portal import clock, database
from portal.domain.contracts import Terms
from portal.domain.methods import SubscriptionType
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.credit_rows import CreditKind
from portal.models.organizations import Organization
from portal.services import credit_rows, subscriptions
from portal.services.credit_rows import Grant
from tests import customers
from tests.billed import customer_of
from tests.pages import Visitor

DATABASES = ("sqlite",)

SALES, FINANCE, AGENT = "sales@portal.example", "billing@portal.example", "support@portal.example"
# An effect asks for all that a close does.
BUDGET = 40


@pytest.fixture
def desk(app, world):
    """Acme with a monthly commitment of 12,000 since today, promotional credits, and the page of it all."""
    today = clock.today()
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world, "acme")
        customers.live_at(session, customer, "US", region="New York", on=today)
        customers.pay_by(session, customer, "card_ok", on=today)
        terms = Terms(
            type=SubscriptionType.MONTHLY_COMMITMENT,
            starts_on=today,
            months=12,
            currency=USD,
            commitment=Money.of("12000", USD),
            elastic=True,
            billing_contact="ap@acme.example",
        )
        group, organization = customer.group, session.get_one(Organization, customer.organization.id)
        subscription = subscriptions.activate(session, organization, group, terms, at=clock.now())
        days = Days(today, today + timedelta(days=90))
        wanted = Grant(kind=CreditKind.PROMOTIONAL, total=Money.of("60", USD), days=days)
        credit = credit_rows.grant(session, organization, group, wanted, at=clock.now())
        address = f"/staff/organizations/{organization.hex_id}"
        return {
            "list": f"{address}/contracts",
            "contract": f"{address}/contracts/{subscription.hex_id}",
            "credit": f"{address}/credits/{credit.hex_id}",
            "grant": f"{address}/credits/grant",
        }


def signed_in(app, email=SALES):
    visitor = Visitor(app)
    visitor.sign_in(email)
    return visitor


def reviewed(visitor, address, **entered):
    """The page of the effect, from the form as it stands and what is entered; `None` takes a field out."""
    form = visitor.get(address, budget=BUDGET).soup.find("form", action=address)
    asked = {
        field["name"]: field.get("value", "")
        for field in form.find_all("input")
        if field["type"] not in {"radio", "checkbox"} or field.has_attr("checked")
    }
    asked |= {box["name"]: box.find("option", selected=True)["value"] for box in form.find_all("select")}
    asked |= {"reason": "Agreed by phone"} | entered
    kept = {name: value for name, value in asked.items() if value is not None}
    return visitor.get(f"{address}?{urlencode(kept)}", budget=BUDGET)


def done(visitor, address, **entered):
    """The page after the change was confirmed."""
    answer = reviewed(visitor, address, **entered).submit(address)
    assert answer.status == 303, answer.text
    return answer.follow()


def newest(page):
    """What changed in the newest version, and why."""
    cells = page.soup.select("section[aria-labelledby=versions] tbody tr:first-child td")
    return " ".join(cells[2].text.split()), " ".join(cells[3].text.split())


def day(offset):
    return (clock.today() + timedelta(days=offset)).isoformat()


def test_sales_find_the_contracts_of_an_organization(app, desk):
    page = signed_in(app).get("/staff/").click("Contracts of Acme")
    assert page.h1 == "Contracts of Acme"
    assert page.click("Monthly Commitment").h1 == "Monthly Commitment of Acme"


def test_the_effect_is_shown_and_nothing_is_done_until_it_is_confirmed(app, desk):
    visitor = signed_in(app)
    page = reviewed(visitor, f"{desk['contract']}/amendment", commitment="24,000.00")
    together = [cell.text for cell in page.soup.select("section[aria-labelledby=ahead] tbody tr:last-child > *")]
    changes = page.soup.select_one("section[aria-labelledby=changes] dl").text.split()
    assert " ".join(changes) == "Commitment, US dollars 12000.00 → 24000.00"
    assert (page.h1, together) == ("Amend the terms", ["Together", "$12,000.00", "$24,000.00"])
    assert newest(visitor.get(desk["contract"])) == ("As it was first agreed", "–none")
    after = page.submit(f"{desk['contract']}/amendment").follow()
    assert newest(after) == ("Commitment: $12,000.00 → $24,000.00", "Agreed by phone")


def test_terms_are_amended_and_amended_back(app, desk):
    visitor, address = signed_in(app), f"{desk['contract']}/amendment"
    new = {"elastic": None, "pay_now_allowed": "y", "purchase_order": "PO-7", "support_plan": "developer"}
    done(visitor, address, **new, elastic_unit_price="0.9")
    page = done(visitor, address, elastic="y", pay_now_allowed=None, purchase_order="", support_plan="")
    assert newest(page)[0] == (
        "Elastic billing beyond the credits: No → Yes Support plan: developer → – "
        "Pay now: Yes → No Purchase order number: PO-7 → –"
    )


def test_a_new_contact_and_representative_are_named(app, world, desk):
    visitor = signed_in(app)
    sales = str(world.person(SALES).user_id)
    page = done(
        visitor, f"{desk['contract']}/amendment", billing_contact="cfo@acme.example", sales_representative=sales
    )
    assert newest(page)[0] == "Billing contact: ap@acme.example → cfo@acme.example Sales representative: – → Sales"
    owner = signed_in(app, "org_owner@acme.example")
    assert "cfo@acme.example" in owner.get("/orgs/acme/billing/profile").text


def test_a_contract_is_ended_with_its_rest_waived_and_then_extended_again(app, desk):
    visitor, address = signed_in(app), f"{desk['contract']}/end"
    page = reviewed(visitor, address, last_on=day(0), rest="waive")
    assert "Together" in page.text
    ended = page.submit(address).follow()
    assert newest(ended)[0].endswith("Commitment: $12,000.00 → –")
    owner = signed_in(app, "org_owner@acme.example")
    assert [owner.get(f"/orgs/acme/billing{path}", budget=BUDGET).status for path in ("", "/subscriptions")] == [
        200
    ] * 2
    assert newest(done(visitor, address, last_on=day(400), rest="bill"))[0].startswith("Last day: ")
    amended = done(visitor, f"{desk['contract']}/amendment", commitment="12,000.00")
    assert newest(amended)[0] == "Commitment: – → $12,000.00"


def test_the_whole_rest_falls_due_where_it_is_not_waived(app, desk):
    page = reviewed(signed_in(app), f"{desk['contract']}/end", last_on=day(0), rest="bill")
    running = page.soup.select("section[aria-labelledby=ahead] tbody tr:first-child > *")
    assert running[2].text == "$12,000.00"


def test_credits_are_voided_and_the_voiding_is_taken_back(app, desk):
    visitor = signed_in(app, FINANCE)
    voided = done(visitor, f"{desk['credit']}/voiding")
    assert newest(voided) == ("Void: No → Yes", "Agreed by phone")
    assert newest(done(visitor, f"{desk['credit']}/reinstatement"))[0] == "Void: Yes → No"
    assert (
        "Credit was reinstated. 60.00 US dollars"
        in signed_in(app, "org_owner@acme.example").get("/orgs/acme/activity").text
    )


def test_the_days_of_credits_are_moved_and_moved_back(app, desk):
    visitor = signed_in(app, FINANCE)
    done(visitor, f"{desk['credit']}/end", last_on=day(120))
    assert newest(done(visitor, f"{desk['credit']}/end", last_on=day(89)))[0].startswith("Last day: ")
    done(visitor, f"{desk['credit']}/start", starts_on=day(5))
    assert newest(done(visitor, f"{desk['credit']}/start", starts_on=day(0)))[0].startswith("First day: ")


def test_credits_are_granted_and_a_wrong_grant_is_voided(app, desk):
    visitor = signed_in(app, FINANCE)
    grant = {"amount": "1,500.00", "starts_on": day(0), "last_on": day(30), "priority": "1"}
    page = done(visitor, desk["grant"], **grant)
    row = page.soup.find("td", string="$1,500.00").find_parent("tr")
    credit = str(row.find("a")["href"])
    assert newest(done(visitor, f"{credit}/voiding"))[0] == "Void: No → Yes"


@pytest.mark.parametrize(
    ("where", "entered", "words"),
    [
        ("contract/end", {"last_on": "2020-01-01"}, "before it starts"),
        ("contract/start", {"starts_on": "2020-01-01"}, "at the earliest"),
        ("contract/amendment", {}, "Nothing would change"),
        ("credit/end", {"last_on": "2020-01-01"}, "before it starts"),
        ("credit/reinstatement", {}, "These credits are not void"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(app, desk, where, entered, words):
    name, _, action = where.partition("/")
    page = reviewed(signed_in(app), f"{desk[name]}/{action}", **entered)
    assert (page.status, words in page.soup.select_one(".notice").text) == (422, True)
    assert page.soup.find("input", id="reason")["value"] == "Agreed by phone"


@pytest.mark.parametrize(
    ("where", "entered", "field"),
    [
        ("contract/amendment", {"commitment": "much"}, "commitment"),
        ("contract/amendment", {"unit_price": "0"}, "unit_price"),
        ("contract/amendment", {"billing_contact": "nobody"}, "billing_contact"),
        ("contract/end", {"last_on": "soon"}, "last_on"),
        ("contract/end", {"last_on": "2999-12-31", "reason": " "}, "reason"),
        ("grant", {"amount": "0", "starts_on": "2026-01-01", "last_on": "2026-01-31"}, "amount"),
        ("grant", {"amount": "1", "starts_on": "2026-01-31", "last_on": "2026-01-01"}, "last_on"),
        ("grant", {"amount": "1", "starts_on": "2026-01-01", "last_on": "2026-01-31", "priority": "0"}, "priority"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(app, desk, where, entered, field):
    name, _, action = where.partition("/")
    page = reviewed(signed_in(app), f"{desk[name]}/{action}" if action else desk[name], **entered)
    assert (page.status, bool(page.soup.find(id=f"{field}-error"))) == (422, True)


def test_a_confirmed_change_that_lost_its_reason_is_asked_for_again(app, desk):
    page = reviewed(signed_in(app), f"{desk['contract']}/end", last_on=day(3))
    assert page.submit(f"{desk['contract']}/end", reason="").status == 422


def test_who_confirms_second_is_told_who_was_first_and_why(app, desk):
    visitor, address = signed_in(app), f"{desk['contract']}/amendment"
    slow = reviewed(visitor, address, purchase_order="PO-2")
    done(visitor, address, purchase_order="PO-1", reason="As she wrote")
    answer = slow.submit(address)
    assert (answer.status, "Sales changed it meanwhile" in answer.text, "As she wrote" in answer.text) == (
        409,
        True,
        True,
    )


def test_a_change_that_became_impossible_after_its_review_is_refused(app, desk):
    visitor, address = signed_in(app, FINANCE), f"{desk['credit']}/voiding"
    page = reviewed(visitor, address)
    assert page.submit(address).status == 303
    version = page.soup.find("input", attrs={"name": "version"})
    version["value"] = "2"
    page.soup.find("input", attrs={"name": "idempotency_key"})["value"] = "another"
    answer = page.submit(address)
    assert (answer.status, "void already" in answer.text) == (422, True)


def test_two_clicks_are_one_change(app, desk):
    visitor, address = signed_in(app), f"{desk['contract']}/end"
    page = reviewed(visitor, address, last_on=day(3))
    assert [page.submit(address).status for _ in range(2)] == [303, 303]
    assert len(visitor.get(desk["contract"]).soup.select("section[aria-labelledby=versions] tbody tr")) == 2


@pytest.mark.parametrize(
    ("email", "statuses"),
    [(SALES, (200, 200, 200, 200)), (FINANCE, (200, 403, 200, 200)), (AGENT, (403, 403, 403, 403))],
)
def test_contracts_are_for_sales_and_credits_for_finance_too(app, desk, email, statuses):
    visitor = signed_in(app, email)
    addresses = desk["list"], f"{desk['contract']}/end", f"{desk['credit']}/voiding", desk["grant"]
    assert tuple(visitor.get(address, budget=BUDGET).status for address in addresses) == statuses


def test_finance_sees_a_contract_without_ways_to_change_it(app, desk):
    page = signed_in(app, FINANCE).get(desk["contract"])
    assert (page.status, page.soup.select(".page-head .actions")) == (200, [])


def test_what_belongs_to_another_organization_is_absent(app, world, desk):
    other = world.organizations["borealis"].hex_id
    for name in ("contract", "credit"):
        kind, key = desk[name].split("/")[-2:]
        assert signed_in(app).get(f"/staff/organizations/{other}/{kind}/{key}").status == 404
    assert signed_in(app).get(f"/staff/organizations/{'0' * 24}/contracts").status == 404


def test_an_organization_without_any_says_so(app, world):
    page = signed_in(app).get(f"/staff/organizations/{world.organizations['cobalt'].hex_id}/contracts")
    assert ("No contract yet" in page.text, "No credits yet" in page.text) == (True, True)


def test_an_empty_day_is_asked_for_and_can_still_be_picked(app, world, desk):
    page = signed_in(app).get(f"{desk['grant']}?{urlencode({'kind': 'promotional', 'reason': 'x', 'starts_on': ''})}")
    field = page.soup.find(id="starts_on")
    assert (page.status, field["type"], "Enter a day." in page.soup.find(id="starts_on-error").text) == (
        422,
        "date",
        True,
    )
