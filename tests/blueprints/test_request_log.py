"""What the log says of a whole journey: who, what, how long, how many queries; and no secret."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from portal.web import access, db
from tests.pages import PASSWORD, Visitor

DATABASES = ("sqlite",)
OWNER = "org_owner@acme.example"
CARD = "4242424242424242"


@pytest.fixture
def visitor(app, world):
    """A visitor of a portal in which some things go wrong."""

    @app.get("/wrong/<reset_token>")
    @access.public
    def wrong(reset_token: str):
        raise ValueError(f"password={PASSWORD} of card {CARD}")

    @app.get("/wrong-statement")
    @access.public
    def wrong_statement():
        db.session().execute(text("SELECT :email FROM nowhere"), {"email": OWNER})

    return Visitor(app)


def test_a_whole_journey_leaves_no_secret_in_the_log(visitor, capfd):
    form = visitor.get("/sign-in")
    token = str(form.soup.select("input[name=csrf_token]")[0]["value"])
    visitor.sign_in(OWNER, "hunter2-hunter2")
    visitor.sign_in(OWNER)
    visitor.get("/orgs/acme/?q=somebody@acme.example")
    visitor.get("/wrong/4c0ffee4c0ffee")
    visitor.get("/wrong-statement")
    visitor.get(f"/nowhere?card={CARD}", Authorization="Bearer abcdefghijkl")
    cookies = [cookie.value for cookie in visitor.client._cookies.values()]
    visitor.post("/sign-out", {"csrf_token": token})
    log = capfd.readouterr().err
    assert cookies
    for secret in (PASSWORD, "hunter2", token, CARD, "4c0ffee", OWNER, "somebody@", "abcdefghijkl", *cookies):
        assert secret not in log
    faults = [line for line in map(json.loads, log.splitlines()) if line["event"] == "fault"]
    assert [line["path"] for line in faults] == ["/wrong/…", "/wrong-statement"]


def test_each_request_says_who_asked_what_and_what_it_took(visitor, world, capfd):
    visitor.sign_in(OWNER)
    capfd.readouterr()
    visitor.get("/orgs/acme/", X_Request_Id="given-by-a-proxy")
    (line,) = map(json.loads, capfd.readouterr().err.splitlines())
    expected = {
        "event": "request",
        "request_id": "given-by-a-proxy",
        "method": "GET",
        "route": "/orgs/<slug>/",
        "path": "/orgs/acme/",
        "status": 200,
        "organization": "acme",
        "user_id": str(world.person(OWNER).user_id),
    }
    assert expected.items() <= line.items()
    assert 0 < line["queries"] <= 12
    assert line["milliseconds"] >= 0


def test_the_queries_of_one_request_are_not_counted_for_the_next(visitor, capfd):
    visitor.sign_in(OWNER)
    capfd.readouterr()
    visitor.get("/orgs/acme/")
    visitor.get("/orgs/acme/")
    first, second = (json.loads(line)["queries"] for line in capfd.readouterr().err.splitlines())
    assert first == second


def test_what_goes_wrong_has_the_number_of_its_request(visitor, capfd):
    visitor.get("/wrong/abc", X_Request_Id="asked-twice-1")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["request_id"] for line in lines if line["event"] in {"fault", "request"}] == ["asked-twice-1"] * 2
    assert "ValueError" in next(line["exception"] for line in lines if line["event"] == "fault")
