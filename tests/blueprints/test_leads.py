"""Talk to sales: a question reaches sales with its preview, and they note what became of it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from sqlalchemy import select

from portal import catalogues, clock, database
from portal.domain.catalogue import ContactKind
from portal.domain.throttles import TALK_TO_SALES
from portal.models.leads import Lead, LeadState, LeadTurn
from portal.models.organizations import User
from portal.models.outbox import Message, Recipient
from portal.services import leads
from portal.services.leads import Question
from tests.billed import MEMBER, OWNER, VIEWER
from tests.pages import Visitor
from tests.previewed import address

DATABASES = ("sqlite",)

PAGE, STAFF = "/orgs/acme/billing/talk-to-sales", "/staff/leads"
SALES = "sales@portal.example"


@pytest.fixture
def viewer(visitor):
    visitor.sign_in(VIEWER)
    return visitor


@pytest.fixture
def sales(app, world):
    visitor = Visitor(app)
    visitor.sign_in(SALES)
    return visitor


def kept(app, table):
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(table).order_by(table.id)).all()


def asked(app, world, *, count=1, **changes):
    """Questions of the organization's owner, made by the service."""
    with database.writing(app.extensions["database"]).begin() as session:
        by = session.get_one(User, world.person(OWNER).user_id)
        question = Question(**{"message": "Call us."} | changes)
        made = [
            leads.ask(
                session, world.organizations["acme"], question, by=by, at=clock.now(), base_url="http://localhost"
            )
            for _ in range(count)
        ]
        return made[-1].hex_id


def mails(app):
    """Subject, text and recipient of each mail."""
    with database.reading(app.extensions["database"])() as session:
        rows = session.execute(select(Message, Recipient.address).join(Recipient).order_by(Message.id))
        return [(message.subject, message.text, address) for message, address in rows]


def test_a_question_from_a_preview_reaches_sales_with_it(app, viewer, sales):
    preview = viewer.get(address(type="prepaid", shown="2"))
    form = preview.click("Talk to sales")
    assert form.soup.find(id="type").find(selected=True)["value"] == "prepaid"
    sent = form.submit(PAGE, type="prepaid", message="Is there a discount?\nFor three years.", phone="+49 30 1234")
    assert (sent.status, sent.location) == (303, PAGE)
    assert "with sales" in sent.follow().text
    [lead] = kept(app, Lead)
    page = sales.get(f"{STAFF}/{lead.hex_id}")
    assert "Is there a discount?" in page.text
    assert "+49 30 1234" in page.text
    theirs = page.click("Open the preview")
    months = [" ".join(line.text.split()) for line in theirs.soup.select("[aria-labelledby=months-head] tbody tr")]
    ours = [" ".join(line.text.split()) for line in preview.soup.select("[aria-labelledby=months-head] tbody tr")]
    assert months == ours


def test_sales_are_told_where_the_vendor_names_an_address_and_the_person_gets_a_receipt(app, world):
    asked(app, world, message="Call us, please.")
    (to_sales, text, named), (_, receipt, person) = mails(app)
    contact = catalogues.load("atlas").contacts[ContactKind.SALES]
    assert (to_sales, named, person) == ("Acme would like to talk to sales", contact.email, OWNER)
    [lead] = kept(app, Lead)
    assert f"http://localhost{STAFF}/{lead.hex_id}" in text
    assert "Call us, please." in text
    assert "Call us, please." in receipt
    assert "/staff/" not in receipt


def test_who_sees_no_billing_asks_nothing_and_other_staff_read_nothing(app, world, visitor):
    visitor.sign_in(MEMBER)
    assert visitor.get(PAGE).status == 403
    finance = Visitor(app)
    finance.sign_in("billing@portal.example")
    assert finance.get(STAFF).status == 403


def test_a_question_without_words_is_refused_beside_its_field(app, viewer):
    page = viewer.get(PAGE).submit(PAGE, type="", phone="x" * 60)
    assert page.status == 422
    assert page.soup.find(id="message-error").text.strip() == "Write what you would like to talk about."
    assert page.soup.find(id="phone")["value"] == "x" * 60
    assert not kept(app, Lead)


def test_a_vendor_without_subscriptions_asks_for_none(app, visitor):
    visitor.sign_in("super_admin@borealis.example")
    page = "/orgs/borealis/billing/talk-to-sales"
    form = visitor.get(f"{page}?type=prepaid")
    assert not form.soup.find(id="type")
    assert form.submit(page, message="").status == 422
    assert form.submit(page, message="Call us.").status == 303
    assert [lead.type for lead in kept(app, Lead)] == [None]


def test_the_same_form_sent_twice_is_one_question(app, viewer):
    form = viewer.get(PAGE)
    assert [form.submit(PAGE, type="", message="Call us.").status for _ in range(2)] == [303, 303]
    assert len(kept(app, Lead)) == 1
    assert len(mails(app)) == 2


def test_who_asks_too_often_waits(app, world, visitor):
    asked(app, world, count=TALK_TO_SALES.attempts)
    visitor.sign_in(OWNER)
    assert visitor.get(PAGE).submit(PAGE, type="", message="Again.").status == 429
    assert len(kept(app, Lead)) == TALK_TO_SALES.attempts


def test_what_comes_as_a_preview_stays_a_query_of_our_own_page(app, world, viewer, sales):
    evil = "//evil.example/?x=1&type=prepaid#\r\nSet-Cookie: a=b"
    viewer.get(f"{PAGE}?{urlencode({'preview': evil, 'type': 'nonsense'})}").submit(PAGE, type="", message="Look.")
    [lead] = kept(app, Lead)
    [link] = [one for one in sales.get(f"{STAFF}/{lead.hex_id}").soup.select("main a") if "preview" in one["href"]]
    leads_to = urlsplit(link["href"])
    assert (leads_to.scheme, leads_to.netloc, leads_to.path) == ("", "", "/staff/preview")
    assert not leads_to.fragment
    assert [name for name, _ in parse_qsl(leads_to.query)] == ["//evil.example/?x", "type"]


def test_sales_note_what_became_of_it_and_a_later_note_corrects_it(app, world, sales):
    lead = f"{STAFF}/{asked(app, world)}"
    assert sales.get(lead).submit(f"{lead}/turns", state="closed", note="Wrong number.").status == 303
    page = sales.get(lead).submit(f"{lead}/turns", state="answered", note="Right number now.").follow()
    assert page.text.index("Wrong number.") < page.text.index("Right number now.")
    assert [turn.state for turn in kept(app, LeadTurn)] == [LeadState.CLOSED, LeadState.ANSWERED]
    refused = sales.get(lead).submit(f"{lead}/turns", state="lost", note="")
    assert refused.status == 422
    assert refused.soup.find(id="note-error")
    assert [lead.state for lead in kept(app, Lead)] == [LeadState.ANSWERED]


def test_the_list_is_narrowed_by_state_and_read_on_from_a_place(app, world, sales, monkeypatch):
    monkeypatch.setattr("portal.blueprints.leads.staff.PAGE_SIZE", 2)
    assert "No lead yet" in sales.get(STAFF).text
    asked(app, world, count=3)
    first = sales.get(STAFF)
    assert len(first.soup.select("tbody tr")) == 2
    assert len(first.click("Older").soup.select("tbody tr")) == 1
    assert len(sales.get(f"{STAFF}?state=open").soup.select("tbody tr")) == 2
    assert "No lead fits" in sales.get(f"{STAFF}?state=closed").text
    assert sales.get(f"{STAFF}?state=lost").status == 422
    assert sales.get(f"{STAFF}/{'0' * 24}").status == 404
