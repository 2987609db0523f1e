"""A forgotten password: asked for by anybody, set anew by whoever reads the mail."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.throttles import RESET_ACCOUNT, RESET_NETWORK, Hit
from portal.jobs import accounts
from portal.models.outbox import Message
from portal.services import throttles
from tests.pages import PASSWORD, Visitor

DATABASES = ("sqlite",)

OWNER, STRANGER = "org_owner@acme.example", "stranger@acme.example"
NEW = "brisk otter lamp"


def mailed_link(app):
    """What the worker mails next: the link in the newest letter."""
    open_session = database.writing(app.extensions["database"])
    accounts.send_resets(open_session, base_url="http://localhost", at=clock.now())
    with open_session() as session:
        text = session.scalars(select(Message.text).order_by(Message.id.desc())).first() or ""
    found = re.search(r"http://localhost(/new-password\?token=\S+)", text)
    return found[1] if found else None


def ask(visitor, email=OWNER):
    return visitor.get("/sign-in").click("Forgotten password").submit(email=email)


def test_who_forgot_the_password_sets_another_one_by_the_link_in_the_mail(app, visitor):
    assert ask(visitor).follow().h1 == "Look into your mail"
    form = visitor.get(mailed_link(app)).follow()
    signed_out = form.submit(new_password=NEW)
    assert "Your password is changed. Sign in with it." in signed_out.follow().text
    assert visitor.sign_in(OWNER, PASSWORD).status == 422
    assert visitor.sign_in(OWNER, NEW).status == 303


def test_every_session_ends_with_the_old_password(app, visitor):
    elsewhere = Visitor(app)
    elsewhere.sign_in(OWNER)
    ask(visitor)
    visitor.get(mailed_link(app)).follow().submit(new_password=NEW)
    assert elsewhere.get("/orgs/acme/").status == 303


@pytest.mark.parametrize("email", [OWNER, STRANGER])
def test_the_answer_does_not_tell_who_has_an_account(app, visitor, email):
    page = ask(visitor, email)
    assert (page.status, page.location) == (303, "/forgotten-password/sent")
    assert bool(mailed_link(app)) == (email == OWNER)


def test_the_token_leaves_the_address_at_once_and_stands_on_no_page(app, visitor):
    ask(visitor)
    link = mailed_link(app)
    answer = visitor.get(link)
    assert answer.location == "/new-password"
    assert link.partition("=")[2] not in str(answer.follow().soup)


def test_neither_the_token_nor_the_address_is_in_the_log(app, visitor, capfd):
    ask(visitor)
    link = mailed_link(app)
    visitor.get(link).follow().submit(new_password=NEW)
    logged = "".join(capfd.readouterr())
    assert '"/new-password"' in logged
    assert link.partition("=")[2] not in logged
    assert OWNER not in logged
    assert NEW not in logged


def test_a_program_that_looks_at_the_link_does_not_use_it_up(app, visitor):
    ask(visitor)
    link = mailed_link(app)
    assert Visitor(app).client.head(link).status_code == 303
    Visitor(app).get(link).follow()
    assert visitor.get(link).follow().submit(new_password=NEW).status == 303


def test_a_link_works_once(app, visitor):
    ask(visitor)
    link = mailed_link(app)
    visitor.get(link).follow().submit(new_password=NEW)
    page = Visitor(app).get(link).follow()
    assert "This link is no longer good" in page.text
    assert page.click("Ask for another link").h1 == "Forgotten password"


def test_a_form_that_stood_open_while_the_link_was_used_is_refused(app, visitor):
    ask(visitor)
    link = mailed_link(app)
    other = Visitor(app)
    form = other.get(link).follow()
    visitor.get(link).follow().submit(new_password=NEW)
    page = form.submit(new_password="quiet maple tram")
    assert page.status == 422
    assert "This link is no longer good" in page.text
    assert visitor.sign_in(OWNER, NEW).status == 303


@pytest.mark.parametrize(
    ("password", "words"),
    [("", "Enter a new password."), ("short", "at least 12"), (f"{OWNER}", "soon be guessed"), ("x" * 201, "at most")],
)
def test_a_password_that_is_not_taken_is_explained_and_the_link_stays_good(app, visitor, password, words):
    ask(visitor)
    form = visitor.get(mailed_link(app)).follow()
    page = form.submit(new_password=password)
    assert page.status == 422
    assert words in page.soup.find(id="new_password-error").text
    assert not page.soup.find(id="new_password").get("value")
    assert page.submit(new_password=NEW).status == 303


@pytest.mark.parametrize("path", ["/new-password", "/new-password?token=nothing"])
def test_without_a_good_link_no_password_can_be_set(visitor, path):
    page = visitor.get(path)
    page = page.follow() if page.location else page
    assert "This link is no longer good" in page.text
    assert not page.soup.select("main form")


@pytest.mark.parametrize("email", [OWNER, STRANGER])
@pytest.mark.parametrize("limit", [RESET_ACCOUNT, RESET_NETWORK])
def test_nobody_is_flooded_with_mail(app, visitor, email, limit):
    hit = Hit(limit, email if limit is RESET_ACCOUNT else "127.0.0.1")
    with database.writing(app.extensions["database"]).begin() as session:
        for _ in range(limit.attempts):
            throttles.count(session, [hit], at=clock.now())
    page = ask(visitor, email)
    assert page.status == 429
    assert page.answer.headers["Retry-After"] == "3600"
    assert "Try again in 60 minutes." in page.text
    assert page.soup.find(id="email")["value"] == email
    assert mailed_link(app) is None


def test_an_address_left_empty_is_named(visitor):
    page = ask(visitor, " ")
    assert page.status == 422
    assert page.soup.find(id="email-error").text.strip() == "Enter your e-mail address."
