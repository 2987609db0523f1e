"""Every error as a page and as a part: in the frame, in a customer's words, with the number of the request."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from portal import database
from portal.web import access, db
from tests import failing
from tests.pages import PARTIAL, Visitor

if TYPE_CHECKING:
    from flask import Flask

DATABASES = ("sqlite",)

OWNER = "org_owner@acme.example"
SAID = [
    (403, "You may not open this page", "Ask whoever manages your members."),
    (404, "This page does not exist", "Check the address."),
    (405, "That is not possible here", "Open it by a link or its form."),
    (409, "Somebody was faster", "your change was not made. Load the page again"),
    (413, "That is too large", "Send at most 10 MiB at once"),
    (422, "That is not possible", "Go back and change what you entered."),
    (429, "Too many requests", "Wait a minute, then try again."),
    (500, "Something went wrong on our side", "Nothing was changed."),
]


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with a page for each error."""
    app.register_blueprint(failing.bp)
    return app


@pytest.fixture
def owner(visitor: Visitor) -> Visitor:
    visitor.sign_in(OWNER)
    return visitor


@pytest.mark.parametrize(("status", "title", "advice"), SAID)
def test_an_error_is_a_page_in_the_frame(owner, status, title, advice):
    page = owner.get(f"/orgs/acme/failing/{status}")
    assert (page.status, page.h1) == (status, title)
    assert advice in page.text
    assert page.answer.headers["X-Request-Id"] in page.text
    assert "hunter2" not in page.text
    # The frame asks the database who one is, and after a fault nothing is asked of what may be broken.
    assert bool(page.soup.select("#nav .nav a")) == (status != 500)
    assert page.soup.select("main a.button[href]"), "a way on"


@pytest.mark.parametrize(("status", "title", "advice"), SAID)
def test_an_error_of_a_part_goes_into_the_alert_region(owner, status, title, advice):
    part = owner.part(f"/orgs/acme/failing/{status}")
    assert part.status == status
    assert part.answer.headers["HX-Retarget"] == "#alert"
    assert part.answer.headers["HX-Reswap"] == "innerHTML show:top"
    assert part.soup.find("html") is None
    assert title in part.text
    assert advice in part.text
    assert part.answer.headers["X-Request-Id"] in part.text
    assert "hunter2" not in part.text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "in 1 second."),
        (59, "in 59 seconds."),
        (60, "in 1 minute."),
        (61, "in 2 minutes."),
        (90_000, "in 1,500 minutes."),
    ],
)
def test_who_asks_too_often_is_told_when_to_try_again(owner, seconds, words):
    for answer in (owner.get, owner.part):
        page = answer(f"/orgs/acme/failing/patience/{seconds}")
        assert page.answer.headers["Retry-After"] == str(seconds)
        assert f"Try again {words}" in page.text


def test_who_asks_too_often_is_told_the_time_where_there_is_one(owner):
    page = owner.get("/orgs/acme/failing/patience/until")
    assert page.answer.headers["Retry-After"] == "Fri, 20 Nov 2026 13:31:00 GMT"
    assert "Try again after 20 Nov 2026, 13:31 UTC." in page.text


@pytest.mark.parametrize(
    ("kind", "status", "title"), [("again", 409, "That has been done already"), ("no", 422, "That is not possible")]
)
def test_a_refusal_keeps_its_words_and_one_that_comes_twice_is_a_conflict(owner, kind, status, title):
    for answer in (owner.get, owner.part):
        page = answer(f"/orgs/acme/failing/refused/{kind}")
        assert page.status == status
        assert title in page.text
        assert "This code was applied on 3 May 2026." in page.text


def test_what_is_allowed_instead_is_said_to_parts_too(owner):
    answer = owner.client.delete("/orgs/acme/billing", headers=PARTIAL)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.mimetype == "text/html"


def test_who_cannot_write_for_long_is_asked_to_come_again(app, visitor, monkeypatch):
    # What is open has its patience already.
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 10)
    app.extensions["database"].dispose()
    with closing(sqlite3.connect(app.extensions["database"].url.database, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        page = visitor.sign_in(OWNER)
    assert (page.status, page.h1) == (503, "The portal is busy")
    assert page.answer.headers["Retry-After"] == "60"
    assert "Nothing was changed." in page.text
    assert visitor.sign_in(OWNER).status == 303


def test_a_statement_with_a_mistake_is_our_fault(app, visitor):
    @app.get("/mistake")
    @access.public
    def mistake() -> str:
        return str(db.session().execute(text("SELECT * FROM nowhere")))

    assert visitor.get("/mistake").status == 500
