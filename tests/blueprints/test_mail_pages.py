"""Staff see what became of each mail, have it sent again, and read the mail of a demo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from portal import database
from portal.app import create_app
from portal.config import Mode
from portal.config.mail import MailSettings
from portal.domain.mail import DeliveryState, Outcome
from portal.gateways.mail import Answer
from portal.gateways.mail.smtp import MailServer
from portal.models.outbox import Recipient, Resend
from portal.services import sending
from tests.mails import a_mail, in_mailbox, refused
from tests.pages import Visitor, counted

if TYPE_CHECKING:
    from flask import Flask

    from tests.world import World

DATABASES = ("sqlite",)

STAFF = "billing@portal.example"
TAKEN = Answer(Outcome.ACCEPTED, "250 Taken")


@pytest.fixture
def staff(app: Flask, world: World) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in(STAFF)
    return visitor


def writing(app: Flask):
    return database.writing(app.extensions["database"]).begin()


def test_each_delivery_stands_with_its_state_and_the_servers_answer(app, world, staff):
    with writing(app) as session:
        a_mail(session, "ann@acme.example", "bob@acme.example", organization=world.organizations["acme"],
               answers={"ann@acme.example": TAKEN, "bob@acme.example": refused()})  # fmt: skip
        a_mail(session, "nobody")
    page = staff.get("/staff/deliveries")
    rows = [" ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")]
    assert rows[0].startswith("nobody Welcome")
    assert "Refused 0 This is no address" in rows[0]
    assert rows[1].startswith("bob@acme.example Welcome Acme 1")
    assert rows[1].endswith("Refused 1 550 No such mailbox")
    assert rows[2].endswith("Accepted 1 250 Taken")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("state=refused", ["bob@acme.example"]),
        ("state=queued", ["100%@acme.example"]),
        ("q=ANN@", ["ann@acme.example"]),
        ("q=reset", ["100%@acme.example"]),
        ("q=0%25", ["100%@acme.example"]),
        ("q=nothing+such", []),
        ("state=accepted&q=bob", []),
    ],
)
def test_the_list_is_narrowed_by_state_address_and_subject(app, staff, query, shown):
    with writing(app) as session:
        answers = {"ann@acme.example": TAKEN, "bob@acme.example": refused()}
        a_mail(session, *answers, answers=answers)
        a_mail(session, "100%@acme.example", subject="Password reset")
    page = staff.get(f"/staff/deliveries?{query}")
    assert [link.get_text() for link in page.soup.select("tbody th a")] == shown
    assert ("No delivery fits" in page.text) is (not shown)
    assert ("The newest 10,000" in page.text) is ("q=" in query)
    part = staff.part(f"/staff/deliveries?{query}")
    assert part.soup.find(id="deliveries")


def test_a_long_list_is_walked_from_the_newest_to_the_oldest_and_no_row_is_left_out(app, staff):
    with writing(app) as session:
        for number in range(120):
            a_mail(session, f"reader-{number}@acme.example", subject=f"Mail {number}")
    page, seen = staff.get("/staff/deliveries?q=reader"), []
    while True:
        seen += [link.get_text() for link in page.soup.select("tbody th a")]
        if not page.soup.find("a", string="Older"):
            break
        page = page.click("Older")
    assert seen == [f"reader-{number}@acme.example" for number in reversed(range(120))]
    assert page.click("Newest").soup.select("tbody th a")[0].get_text() == seen[0]


def test_a_page_of_deliveries_costs_the_same_with_one_row_as_with_fifty(app, staff):
    costs = []
    for number in (1, 50):
        with writing(app) as session:
            a_mail(session, *(f"reader-{number}-{one}@acme.example" for one in range(number)))
        with counted(app) as statements:
            staff.client.get("/staff/deliveries")
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_a_refused_mail_is_sent_again_once_however_often_one_clicks(app, staff):
    with writing(app) as session:
        (delivery,) = a_mail(session, "bob@acme.example", answers={"bob@acme.example": refused()})
    page = staff.get(f"/staff/deliveries/{delivery}")
    answers = [page.submit(f"/staff/deliveries/{delivery}/resend") for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    after = answers[0].follow()
    assert "Billing had it sent again." in after.text
    assert not after.soup.find("form", action=f"/staff/deliveries/{delivery}/resend")
    with writing(app) as session:
        assert session.scalar(select(func.count()).select_from(Resend)) == 1
        assert session.get_one(Recipient, delivery).state is DeliveryState.QUEUED


def test_what_was_sent_again_is_the_same_mail_with_all_its_tries(app, staff):
    with writing(app) as session:
        (delivery,) = a_mail(session, "bob@acme.example", answers={"bob@acme.example": refused()})
    staff.get(f"/staff/deliveries/{delivery}").submit(f"/staff/deliveries/{delivery}/resend")
    with writing(app) as session:
        recipient = session.get_one(Recipient, delivery)
        assert recipient.next_try_at
        for outcome in (Outcome.LATER, Outcome.ACCEPTED):
            claimed = sending.claim(session, at=recipient.next_try_at)
            assert claimed
            sending.record(session, claimed, {delivery: Answer(outcome, f"said {outcome}")}, at=recipient.next_try_at)
            session.refresh(recipient)
    text = staff.get(f"/staff/deliveries/{delivery}").text
    order = [text.index(words) for words in ("Try 1: 550", "had it sent again", "Try 2: said later", "Try 3: said acc")]
    assert order == sorted(order)


def test_what_was_taken_or_has_no_address_cannot_be_sent_again(app, staff):
    with writing(app) as session:
        (taken,) = a_mail(session, "ann@acme.example", answers={"ann@acme.example": TAKEN})
        (invalid,) = a_mail(session, "nobody")
    for delivery, status in ((taken, 303), (invalid, 422)):
        page = staff.get(f"/staff/deliveries/{delivery}")
        assert "Send again" not in page.text
        token = page.soup.find("input", attrs={"name": "csrf_token"})
        assert token
        answer = staff.post(f"/staff/deliveries/{delivery}/resend", {"csrf_token": str(token["value"])})
        assert answer.status == status
    with writing(app) as session:
        assert session.scalar(select(func.count()).select_from(Resend)) == 0


def test_the_text_of_a_mail_is_for_its_recipient_alone(app, staff):
    with writing(app) as session:
        (delivery,) = a_mail(session, "ann@acme.example", subject="Password reset")
    assert "Good morning" not in staff.get(f"/staff/deliveries/{delivery}").text


def test_the_mail_of_a_demo_is_read_with_its_files(app, staff):
    with writing(app) as session:
        for number in range(1, 61):
            in_mailbox(session, number)
        in_mailbox(session, 7)
    page = staff.get("/staff/mailbox")
    assert len(page.soup.select("tbody tr")) == 50
    assert len(page.click("Older").soup.select("tbody tr")) == 10
    opened = staff.get("/staff/mailbox?q=invoice+60").click("Tax invoice 60")
    assert "Portal <billing@portal.example>" in opened.text
    assert "See https://portal.example/orgs/acme <now>" in opened.text
    assert opened.soup.find("a", href="https://portal.example/orgs/acme")
    link = opened.soup.find("a", href="/staff/mailbox/60/files/1")
    file = staff.client.get("/staff/mailbox/60/files/1")
    assert link
    assert link.get_text(strip=True) == "TI-2024-000001.pdf"
    assert (file.data, file.mimetype) == (b"%PDF-", "application/pdf")
    assert file.headers["Content-Disposition"] == "attachment; filename=TI-2024-000001.pdf"
    assert staff.client.get("/staff/mailbox/60/files/2").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": Mode.PRODUCTION},
        {"mail": MailSettings(server=MailServer("mail.example", 25))},
    ],
    ids=["production", "a demo with a mail server"],
)
def test_only_a_demo_without_a_mail_server_has_a_mailbox(settings, world, changes):
    app = create_app(replace(settings, **changes))
    try:
        staff = Visitor(app)
        staff.sign_in(STAFF)
        assert staff.get("/staff/mailbox").status == 404
        assert "Mailbox" not in staff.get("/staff/deliveries").text
    finally:
        app.extensions["database"].dispose()


def test_no_customer_sees_what_was_sent(app, world):
    owner = Visitor(app)
    owner.sign_in("org_owner@acme.example")
    assert [owner.get(path).status for path in ("/staff/deliveries", "/staff/mailbox")] == [403, 403]


def test_an_empty_list_says_what_brings_mail(staff):
    assert "No mail yet" in staff.get("/staff/deliveries").text
    assert "No mail yet" in staff.get("/staff/mailbox").text


def test_a_filter_that_is_none_is_answered_with_what_to_correct(staff):
    for path in ("/staff/deliveries?state=lost", f"/staff/mailbox?q={'x' * 101}"):
        page = staff.get(path)
        assert (page.status, "There is 1 thing to correct" in page.text) == (422, True)
