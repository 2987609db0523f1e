"""What holds for every answer: headers, error pages, transactions, fragments, the log."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import flash
from sqlalchemy import func, select, update

from portal import clock, database
from portal.app import create_app
from portal.domain.errors import Refusal
from portal.domain.permissions import Action
from portal.models.organizations import User
from portal.models.sessions import LoginSession
from portal.web import access, db, htmx
from tests.pages import PARTIAL, Visitor
from tests.world import AT, build_world

OWNER = "org_owner@acme.example"


@pytest.fixture
def app(settings):
    """The application with a few routes of the test's own."""
    app = create_app(settings)

    @app.post("/try/<outcome>")
    @access.public
    def attempt(outcome: str):
        email = f"{outcome}@try.example"
        db.session().add(User(email=email, name="Try", password_hash="-", created_at=AT))
        db.session().flush()
        match outcome:
            case "refusal":
                raise Refusal("The shop is closed on Sundays.")
            case "fault":
                raise ZeroDivisionError("password=hunter2")
            case "unprocessable":
                return {"refused": True}, 422
        return htmx.done("errors/_alert.html", otherwise="/", news="Tried it", title="T", advice="A")

    @app.post("/apart")
    @access.public
    def apart():
        with db.apart() as own:
            own.add(User(email="apart@try.example", name="Try", password_hash="-", created_at=AT))
        db.session().add(User(email="lost@try.example", name="Try", password_hash="-", created_at=AT))
        raise Refusal("Not today.")

    @app.get("/try/read")
    @access.public
    def read():
        db.session().add(User(email="read@try.example", name="Try", password_hash="-", created_at=AT))
        flash("Seen")
        return htmx.page("home/welcome.html", "errors/_alert.html", title="T", advice="A")

    yield app
    app.extensions["database"].dispose()


@pytest.fixture
def client(app, world):
    """A browser that has a token for every form."""
    return Sender(app)


class Sender(Visitor):
    """A visitor who has seen a form, and so has a token."""

    def __init__(self, app):
        super().__init__(app)
        self.token = str(self.get("/sign-in").soup.select("input[name=csrf_token]")[0]["value"])


def send(visitor, outcome, **headers):
    return visitor.post(f"/try/{outcome}", {"csrf_token": visitor.token}, **headers)


def users(app, email):
    with database.reading(app.extensions["database"])() as session:
        return session.scalar(select(func.count()).where(User.email == email))


def test_what_was_done_is_stored_before_the_answer_leaves(app, client):
    assert send(client, "done").location == "/"
    assert users(app, "done@try.example") == 1


@pytest.mark.parametrize("outcome", ["refusal", "fault", "unprocessable"])
def test_what_was_refused_or_failed_leaves_nothing_behind(app, client, outcome):
    assert send(client, outcome).status >= 400
    assert users(app, f"{outcome}@try.example") == 0


def test_what_is_written_apart_outlives_the_refusal(app, client):
    assert client.post("/apart", {"csrf_token": client.token}).status == 422
    assert users(app, "apart@try.example") == 1
    assert users(app, "lost@try.example") == 0


def test_who_only_looks_is_noted_as_seen_but_does_not_wait_for_a_writer(app, client):
    client.sign_in(OWNER)
    engine = app.extensions["database"]
    long_ago = clock.now() - timedelta(hours=2)
    with database.writing(engine).begin() as session:
        session.execute(update(LoginSession).values(last_seen_at=long_ago))
    with database.writing(engine).begin() as session:
        session.execute(update(LoginSession).values(browser="Being written"))
        looking = threading.Thread(target=client.get, args=["/account"])
        looking.start()
        # Who waits for the writer waits longer than this.
        looking.join(database.BUSY_TIMEOUT_MS // 2_000)
        assert not looking.is_alive()
    assert seen_at(app) == long_ago
    assert client.get("/account").status == 200
    assert seen_at(app) > long_ago + timedelta(hours=1)
    if engine.dialect.name == "sqlite":
        # Who has to wait for a writer has the patience of everybody again.
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == database.BUSY_TIMEOUT_MS


def seen_at(app):
    with database.reading(app.extensions["database"])() as session:
        return session.scalars(select(LoginSession.last_seen_at)).one()


def test_a_page_that_is_only_looked_at_changes_nothing(app, client):
    assert client.get("/try/read").status == 200
    assert users(app, "read@try.example") == 0


def test_a_refusal_is_shown_in_its_own_words(client):
    page = send(client, "refusal")
    assert page.status == 422
    assert page.h1 == "That is not possible"
    assert "The shop is closed on Sundays." in page.text


def test_a_fault_is_shown_with_the_number_of_the_request_and_nothing_else(client):
    page = send(client, "fault")
    assert page.status == 500
    assert page.h1 == "Something went wrong on our side"
    assert page.answer.headers["X-Request-Id"] in page.text
    assert "hunter2" not in page.text


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/orgs/cobalt/", 404, "This page does not exist"),
        ("GET", "/nowhere", 404, "This page does not exist"),
        ("GET", "/staff/", 403, "You may not open this page"),
        ("DELETE", "/orgs/acme/", 405, "That is not possible here"),
    ],
)
def test_errors_are_pages_in_words_that_a_customer_understands(client, method, path, status, title):
    client.sign_in(OWNER)
    page = client._looked_at(client.client.open(path, method=method))
    assert (page.status, page.h1) == (status, title)
    assert page.answer.headers["X-Request-Id"] in page.text


def test_a_refused_member_stays_in_the_frame_of_the_organization(app, world):
    @app.get("/orgs/<slug>/vault")
    @access.requires(Action.MANAGE_MEMBERS)
    def vault():
        return "gold"

    visitor = Visitor(app)
    visitor.sign_in("org_member@acme.example")
    page = visitor.get("/orgs/acme/vault")
    assert (page.status, page.h1) == (403, "You may not open this page")
    assert page.soup.select("#nav .nav a")


def test_too_large_a_form_is_refused(client):
    page = client.post("/sign-in", {"email": "x" * (11 * 1024 * 1024)})
    assert (page.status, page.h1) == (413, "That is too large")


def test_htmx_gets_an_error_as_a_notice_and_never_as_a_document(client):
    page = send(client, "refusal", **PARTIAL)
    assert page.status == 422
    assert page.answer.headers["HX-Retarget"] == "#alert"
    assert page.soup.find("html") is None
    assert "The shop is closed on Sundays." in page.text


def test_htmx_gets_the_fragment_and_the_news_and_a_form_a_way_on(client):
    part = client.client.post("/try/one", data={"csrf_token": client.token}, headers=PARTIAL)
    assert part.status_code == 200
    assert b"Tried it" in part.data
    assert b"<html" not in part.data
    whole = send(client, "two")
    assert (whole.status, whole.location) == (303, "/")
    assert "Tried it" in whole.follow().soup.find(id="news").text


@pytest.mark.parametrize(
    ("headers", "is_whole"),
    [
        ({}, True),
        (PARTIAL, False),
        ({"HX-Request": "true", "HX-Request-Type": "full"}, True),
        ({"HX-History-Restore-Request": "true"}, True),
        ({"HX-Request": "true"}, True),
    ],
)
def test_only_a_request_for_a_part_gets_a_part(client, headers, is_whole):
    answer = client.client.get("/try/read", headers=headers)
    assert (b"<html" in answer.data) is is_whole
    assert {"HX-Request", "HX-Request-Type"} <= set(answer.vary)


def test_htmx_is_sent_to_a_page_that_has_no_part_instead_of_swapping_it_in(client):
    client.sign_in(OWNER)
    answer = client.client.get("/orgs/acme/?sort=ä", headers=PARTIAL)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["HX-Redirect"] == "/orgs/acme/?sort=%C3%A4"


@pytest.mark.parametrize("path", ["/orgs/%00/", "/orgs/acme%00/", "/orgs/acme/billing/invoices/%00"])
def test_an_address_with_a_nul_is_of_nothing(client, path):
    client.sign_in(OWNER)
    assert client.get(path).status == 404


def test_over_https_the_cookie_is_bound_to_this_host_and_plain_http_is_given_up(settings):
    app = create_app(replace(settings, base_url="https://localhost"))
    with database.writing(app.extensions["database"]).begin() as session:
        build_world(session)
    answer = app.test_client().get("/sign-in", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert all(flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    app.extensions["database"].dispose()


def test_the_portal_answers_only_to_its_own_name(client):
    assert client.client.get("/sign-in", base_url="http://evil.example").status_code == 400


def test_static_files_keep_for_a_year_under_an_address_with_a_fingerprint(client):
    page = client.get("/sign-in")
    for link in page.soup.select("link[rel=stylesheet], script[src]"):
        address = link.get("href") or link["src"]
        assert "?v=" in address
        answer = client.client.get(address)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        answer.close()


def test_each_request_is_one_line_of_the_log_without_secrets(client, capfd):
    send(client, "fault", X_Request_Id="asked-by-proxy-1")
    client.client.get("/sign-in?email=lena@acme.example", headers={"X-Request-Id": "asked-by-proxy-1"})
    written, logged = capfd.readouterr()
    lines = [json.loads(line) for line in logged.splitlines()]
    assert not written
    assert {"path": "/sign-in", "status": 200, "request_id": "asked-by-proxy-1"}.items() <= lines[-1].items()
    assert "lena@" not in logged
    assert any("ZeroDivisionError" in line.get("exception", "") for line in lines)
