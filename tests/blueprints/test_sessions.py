"""What a browser's cookie opens, and what it opens no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock, database
from portal.app import create_app
from portal.domain.sessions import EndReason, Lifetime, Lifetimes
from portal.models.organizations import User
from portal.models.sessions import LoginSession
from portal.services import sessions
from portal.web.identity import POLL_HEADER
from tests.pages import PARTIAL, QUERY_BUDGET, Visitor

DATABASES = ("sqlite",)

OWNER, AGENT = "org_owner@acme.example", "support@portal.example"
# Once a minute a page also notes that somebody was there.
NOTING_BUDGET = QUERY_BUDGET + 3
ENDED = "/sign-in?next=/orgs/acme/&ended=1"


def change(app, **values):
    """Change every session, as time or somebody else does."""
    with database.writing(app.extensions["database"]).begin() as session:
        session.execute(update(LoginSession).values(**values))


def rows(app):
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(LoginSession).order_by(LoginSession.id)).all()


def cookie_of(visitor):
    return visitor.client.get_cookie("session").value


def with_cookie(app, value):
    visitor = Visitor(app)
    visitor.client.set_cookie("session", value)
    return visitor


def test_an_old_cookie_after_signing_out_opens_nothing(app, visitor):
    visitor.sign_in(OWNER)
    copied = cookie_of(visitor)
    thief = with_cookie(app, copied)
    assert thief.get("/orgs/acme/").status == 200
    visitor.get("/").submit("/sign-out")
    assert thief.get("/orgs/acme/").location == ENDED
    assert [row.ended_because for row in rows(app)] == [EndReason.SIGNED_OUT]


def test_an_old_cookie_after_signing_in_again_opens_nothing(app, visitor):
    visitor.sign_in(OWNER)
    copied = cookie_of(visitor)
    token = visitor.get("/").soup.find("input", attrs={"name": "csrf_token"})["value"]
    visitor.post("/sign-in", {"email": OWNER, "password": "demo-portal-2026", "csrf_token": str(token)})
    assert visitor.get("/orgs/acme/").status == 200
    assert with_cookie(app, copied).get("/orgs/acme/").location == ENDED


def test_each_sign_in_is_a_session_of_its_own(app, visitor):
    other = Visitor(app)
    visitor.sign_in(OWNER)
    other.sign_in(OWNER)
    assert cookie_of(visitor) != cookie_of(other)
    visitor.get("/").submit("/sign-out")
    assert other.get("/orgs/acme/").status == 200


def test_a_cookie_that_names_a_person_and_no_session_is_nobody(app, visitor, world):
    with visitor.client.session_transaction() as session:
        session["_user_id"] = str(world.person(OWNER).user_id)
    assert visitor.get("/orgs/acme/").status == 303


def test_a_session_is_of_its_own_person_only(app, visitor, world):
    visitor.sign_in("org_member@acme.example")
    with visitor.client.session_transaction() as session:
        session["_user_id"] = str(world.person(OWNER).user_id)
    assert visitor.get("/orgs/acme/").status == 303


@pytest.mark.parametrize(
    ("email", "path", "ago", "is_open"),
    [
        (OWNER, "/orgs/acme/", timedelta(hours=7, minutes=59), True),
        (OWNER, "/orgs/acme/", timedelta(hours=8), False),
        (AGENT, "/staff/", timedelta(minutes=59), True),
        (AGENT, "/staff/", timedelta(hours=1), False),
    ],
)
def test_a_session_in_which_nobody_was_seen_has_ended(app, visitor, email, path, ago, is_open):
    visitor.sign_in(email)
    change(app, last_seen_at=clock.now() - ago)
    page = visitor.get(path, budget=NOTING_BUDGET)
    assert page.status == (200 if is_open else 303)
    assert is_open or "Your session has ended." in page.follow().text


def test_the_longest_time_ends_a_session_in_which_somebody_is_there(app, visitor):
    visitor.sign_in(OWNER)
    change(app, started_at=clock.now() - timedelta(days=7))
    assert visitor.get("/orgs/acme/").location == ENDED


def test_how_long_is_a_setting(settings, world):
    short = Lifetime(timedelta(minutes=5), timedelta(hours=1))
    app = create_app(replace(settings, lifetimes=Lifetimes(customers=short, staff=short)))
    visitor = Visitor(app)
    visitor.sign_in(OWNER)
    change(app, last_seen_at=clock.now() - timedelta(minutes=5))
    assert visitor.get("/orgs/acme/").location == ENDED
    app.extensions["database"].dispose()


def test_looking_at_a_page_renews_the_session_at_most_once_a_minute(app, visitor):
    visitor.sign_in(OWNER)
    before = clock.now() - timedelta(seconds=50)
    change(app, last_seen_at=before)
    visitor.get("/orgs/acme/")
    assert rows(app)[0].last_seen_at == before
    change(app, last_seen_at=clock.now() - timedelta(hours=2))
    asked_at = clock.now()
    visitor.get("/orgs/acme/", budget=NOTING_BUDGET)
    assert rows(app)[0].last_seen_at >= asked_at


def test_a_form_renews_the_session_too(app, visitor):
    visitor.sign_in(OWNER)
    page = visitor.get("/account")
    change(app, last_seen_at=clock.now() - timedelta(hours=2))
    asked_at = clock.now()
    token = str(page.soup.find("input", attrs={"name": "csrf_token"})["value"])
    assert visitor.post("/account/other-sessions/ending", {"csrf_token": token}).status == 303
    assert rows(app)[0].last_seen_at >= asked_at


def test_a_part_that_asks_by_itself_does_not_renew_the_session(app, visitor):
    visitor.sign_in(OWNER)
    before = clock.now() - timedelta(hours=2)
    change(app, last_seen_at=before)
    answer = visitor.client.get("/orgs/acme/billing/invoices", headers=PARTIAL | {POLL_HEADER: "1"})
    assert answer.status_code == 200
    assert rows(app)[0].last_seen_at == before


def test_an_administrator_ends_it_at_once(app, visitor, world):
    visitor.sign_in(OWNER)
    with database.writing(app.extensions["database"]).begin() as session:
        person = session.get_one(User, world.person(OWNER).user_id)
        by = session.get_one(User, world.person(AGENT).user_id)
        sessions.end_by_staff(session, person, by=by, reason="Asked for by phone.", at=clock.now())
    assert visitor.get("/orgs/acme/").location == ENDED


def test_htmx_is_sent_to_the_sign_in_page_when_the_session_has_ended(app, visitor):
    visitor.sign_in(OWNER)
    change(app, ended_at=clock.now(), ended_because=EndReason.ENDED_BY_STAFF)
    answer = visitor.client.get("/orgs/acme/billing/invoices", headers=PARTIAL)
    assert (answer.status_code, answer.headers["HX-Redirect"][:9]) == (204, "/sign-in?")


def test_where_and_with_what_somebody_signed_in_is_kept(app, visitor):
    page = visitor.get("/sign-in")
    fields = {field["name"]: field.get("value", "") for field in page.soup.select("main input[name]")}
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    fields |= {"email": OWNER, "password": "demo-portal-2026"}
    visitor.client.post(
        "/sign-in", data=fields, headers={"User-Agent": agent}, environ_base={"REMOTE_ADDR": "2001:db8:1:2:3::9"}
    )
    (row,) = rows(app)
    assert (row.browser, row.network) == ("Firefox on Linux", "2001:db8:1:2::/64")
