"""Sales staff sell a subscription: the effect is shown before its code is issued, and a code can be taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal import clock, database
from portal.domain.activation_codes import CodeState
from portal.models.activation_codes import ActivationCode
from portal.models.outbox import Message
from portal.models.subscriptions import AgreedTerms
from portal.services import redeeming
from portal.web.paging import PAGE_SIZE
from tests.blueprints.test_apply_code import APPLY, OWNER, customer_of, signed_in, sold
from tests.codes import a_seller, mailed_code, sell

DATABASES = ("sqlite",)

SALES = "sales@portal.example"
SALE = {
    "type": "monthly_commitment",
    "commitment": "12,000.00",
    "months": "12",
    "currency": "EUR",
    "unit_price": "0.915",
    "elastic": "y",
    "elastic_unit_price": "1.00",
    "schedule": "monthly",
    "billing_contact": "ap@acme.example",
    "purchase_order": "PO-77",
    "support_plan": "developer",
    "marketplace": "AWS",
}


@pytest.fixture
def codes(world):
    """The address of acme's codes."""
    return f"/staff/organizations/{world.organizations['acme'].hex_id}/codes"


@pytest.fixture
def seller(app, world):
    return signed_in(app, SALES)


def rows(app):
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(ActivationCode).order_by(ActivationCode.id)).all()


def fill_in(seller, codes, **changed):
    """The form with `SALE`, sent for review."""
    form = seller.get(codes).click("Sell a subscription")
    return form.submit(f"{codes[:-6]}/sell", **SALE | {"representative": representative(form)} | changed)


def representative(form):
    return form.soup.select_one("#representative option[selected]")["value"]


def test_what_a_sale_asks_for_is_shown_before_anything_is_issued(app, seller, codes):
    page = fill_in(seller, codes)
    assert page.h1 == "Review the sale of Monthly Commitment"
    for words in ("$12,000.00", "€0.915", "PO-77", "Developer", "Sales", "For each of", "ap@acme.example is no member"):
        assert words in page.text
    assert rows(app) == []


def test_a_code_is_issued_mailed_and_applied_by_the_customer(app, world, seller, codes):
    page = fill_in(seller, codes).submit(codes).follow()
    assert "The code is on its way to ap@acme.example." in page.text
    assert page.soup.select_one("tbody .badge").text.strip() == "Issued"
    with database.writing(app.extensions["database"]).begin() as session:
        customer_of(session, world)
        code = mailed_code(session)
    signed_in(app).get(APPLY).submit(code=code).follow().submit(f"{APPLY}/contract")
    with database.reading(app.extensions["database"])() as session:
        terms = session.scalars(select(AgreedTerms)).one()
    seen = (str(terms.unit_price), terms.commitment_cents, terms.support_plan, terms.purchase_order, terms.elastic)
    assert seen == ("0.915", 1_200_000, "developer", "PO-77", True)
    assert terms.sales_representative_id == world.person(SALES).user_id
    assert "Applied by Org Owner." in seller.get(codes).click(_open_link(seller, codes)).text


def _open_link(seller, codes):
    link = seller.get(codes).soup.select_one("tbody td.end a")
    return " ".join(link.get_text().split())


def test_the_review_can_be_gone_back_from_with_everything_still_filled_in(seller, codes):
    form = fill_in(seller, codes).submit(f"{codes[:-6]}/sell")
    assert form.h1 == "Sell a subscription to Acme"
    assert form.soup.find(id="commitment")["value"] == "12000.00"
    assert form.soup.find("input", attrs={"name": "type", "checked": True})["value"] == "monthly_commitment"
    assert form.soup.find(id="elastic").has_attr("checked")


WRONG = [
    ("type", "", "Choose a subscription."),
    ("type", "barter", "Choose a subscription."),
    ("commitment", "", "Enter the commitment in US dollars."),
    ("commitment", "0", "Enter a number above 0."),
    ("commitment", "12.000,00", "Write a number with a dot, for example 1300.00."),
    ("months", "", "Enter the term in months."),
    ("months", "1.5", "Enter a whole number."),
    ("months", "a year", "Write a number without a dot, for example 12."),
    ("commitment", "9" * 20, "Enter a number from 0 to 100,000,000,000."),
    ("unit_price", "0", "Enter a number above 0."),
    ("starts_on", "2024-02-30", "Enter a day that exists, as YYYY-MM-DD."),
    ("starts_on", "2024-01-01", "Enter today or a later day, or leave it empty."),
    ("billing_contact", "", "Enter an e-mail address: the code and the tax invoices go there."),
    ("billing_contact", "nobody", "Enter an e-mail address like name@company.example."),
    ("schedule", "weekly", "Choose how it is invoiced."),
    ("currency", "ZZZ", "Choose one of the list."),
    ("representative", "0", "Choose one of the list."),
]


def test_what_is_wrong_is_said_beside_its_field(app, seller, codes):
    form = seller.get(f"{codes[:-6]}/sell")
    token = form.soup.find("input", attrs={"name": "csrf_token"})["value"]
    sent = SALE | {"representative": representative(form), "csrf_token": token}
    for field, value, words in WRONG:
        for target in (f"{codes[:-6]}/sell", codes):
            page = seller.post(target, sent | {field: value})
            assert page.status == 422
            assert page.soup.find(id=f"{field}-error").text.strip() == words, (field, value)
    assert rows(app) == []


def test_a_prepaid_subscription_is_not_paid_yearly(seller, codes):
    page = fill_in(seller, codes, type="prepaid", schedule="yearly")
    assert "Only a flex or monthly commitment" in page.soup.find(id="schedule-error").text


def test_a_second_monthly_commitment_for_the_same_days_is_refused_at_the_sale(app, world, seller, codes):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world)
    code = sold(app, world)
    with database.writing(app.extensions["database"]).begin() as session:
        row = redeeming.find(session, customer.organization, code, on=clock.today())
        redeeming.redeem(session, customer.organization, row.hex_id, by=a_seller(session), at=clock.now())
    page = fill_in(seller, codes)
    assert page.status == 422
    assert "Two monthly commitments cannot overlap" in page.soup.find(id="type-error").text


def test_every_type_can_be_reviewed_and_issued(app, seller, codes):
    for kind in ("elastic", "flex_commitment", "prepaid", "marketplace", "gcp_monthly_commitment"):
        seen = fill_in(seller, codes, type=kind, marketplace="AZURE", starts_on=str(clock.today()))
        assert seen.status == 200
        assert seen.submit(codes).status == 303
        row = rows(app)[-1]
        assert (row.terms["type"], row.terms["marketplace"]) == (kind, "AZURE" if kind == "marketplace" else None)
        assert row.starts_on == clock.today()


def test_pressing_twice_issues_one_code(app, seller, codes):
    review = fill_in(seller, codes)
    assert [review.submit(codes).status for _ in range(2)] == [303, 303]
    assert len(rows(app)) == 1


def test_a_code_is_taken_back_for_a_reason_that_is_kept(app, world, seller, codes):
    sold(app, world)
    path = f"{codes}/{rows(app)[0].hex_id}"
    refused = seller.get(path).submit(f"{path}/voiding", reason=" ")
    assert refused.status == 422
    assert refused.soup.find(id="reason-error").text.strip() == "Enter why the code is taken back."
    page = refused.submit(f"{path}/voiding", reason="Wrong price").follow()
    assert "Taken back by Sales: Wrong price" in page.text
    assert page.soup.find("form", action=f"{path}/replacement") is None
    assert "Activation code was taken back" in signed_in(app, OWNER).get("/orgs/acme/activity").text


def test_a_lost_code_is_replaced_by_another_one(app, world, seller, codes):
    lost = sold(app, world)
    path = f"{codes}/{rows(app)[0].hex_id}"
    page = seller.get(path).submit(f"{path}/replacement").follow()
    assert "A new code is on its way to ap@acme.example." in page.text
    assert [row.state(clock.today()) for row in rows(app)] == [CodeState.VOID, CodeState.ISSUED]
    assert signed_in(app).get(APPLY).submit(code=lost).status == 422


def test_staff_never_read_a_code(app, world, seller, codes):
    code = sold(app, world)
    pages = [seller.get(codes), seller.get(f"{codes}/{rows(app)[0].hex_id}"), seller.get("/staff/deliveries")]
    assert not [page for page in pages if code in str(page.soup)]


@pytest.mark.parametrize("email", ["support@portal.example", "billing@portal.example", OWNER])
def test_only_sales_sell(app, codes, email):
    visitor = signed_in(app, email)
    assert [visitor.client.get(path).status_code for path in (codes, f"{codes[:-6]}/sell")] == [403, 403]


def test_another_organizations_code_is_absent(app, world, seller, codes):
    sold(app, world)
    other = codes.replace(world.organizations["acme"].hex_id, world.organizations["borealis"].hex_id)
    assert seller.get(f"{other}/{rows(app)[0].hex_id}").status == 404
    assert seller.get(f"/staff/organizations/{'0' * 24}/codes").status == 404


def test_where_a_vendor_has_no_subscriptions_there_is_nothing_to_sell(world, seller):
    for path in ("codes", "sell"):
        page = seller.get(f"/staff/organizations/{world.organizations['cobalt'].hex_id}/{path}")
        assert "Nothing to sell here" in page.text


def test_the_code_reaches_only_the_billing_contact(app, world, seller, codes):
    fill_in(seller, codes).submit(codes)
    with database.reading(app.extensions["database"])() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_a_long_list_of_codes_is_read_in_pages(app, world, seller, codes):
    with database.writing(app.extensions["database"]).begin() as session:
        customer = customer_of(session, world)
        for _ in range(PAGE_SIZE + 1):
            sell(session, customer, on=clock.today())
    first = seller.get(codes)
    assert len(first.soup.select("tbody tr")) == PAGE_SIZE
    second = first.click("Older")
    assert len(second.soup.select("tbody tr")) == 1
    assert len(second.click("Newest").soup.select("tbody tr")) == PAGE_SIZE
