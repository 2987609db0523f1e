"""Signing in and out."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from portal import database
from portal.models.organizations import User
from portal.services import people
from tests.pages import PARTIAL, PASSWORD

OWNER = "org_owner@acme.example"


def test_who_signs_in_sees_their_organizations(visitor):
    page = visitor.sign_in(OWNER)
    assert page.status == 303
    assert page.follow().h1 == "Your organizations"


def test_the_address_may_be_written_in_any_case_and_with_spaces_around_it(visitor):
    assert visitor.sign_in(f"  {OWNER.title()} ").status == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [(OWNER, "wrong"), ("stranger@acme.example", PASSWORD), (OWNER, "x" * 100_000), (OWNER, f" {PASSWORD} ")],
)
def test_a_wrong_password_and_an_unknown_person_are_refused_alike(visitor, email, password):
    page = visitor.sign_in(email, password)
    assert page.status == 422
    assert "The e-mail address or the password is not right." in page.text
    assert page.soup.title.text.startswith("Error: Sign in")
    assert page.soup.find(id="email")["value"] == email
    assert not page.soup.find(id="password")["value"]
    assert visitor.get("/orgs/acme/").status == 303


def test_an_unknown_person_costs_the_server_the_same_work(visitor, monkeypatch):
    checked = []
    real = people._hasher.verify

    class Counting(PasswordHasher):
        def verify(self, hash, password):  # noqa: A002 - argon2's own name
            checked.append(password)
            return real(hash, password)

    monkeypatch.setattr(people, "_hasher", Counting())
    visitor.sign_in("stranger@acme.example", "a guess")
    visitor.sign_in(OWNER, "a guess")
    # A huge one is not hashed at all: that would cost the server, and nobody has it.
    visitor.sign_in(OWNER, "x" * 201)
    assert checked == ["a guess", "a guess", ""]


def test_each_field_left_empty_is_named_beside_it_and_above(visitor):
    page = visitor.sign_in(" ", "")
    assert page.status == 422
    summary = page.soup.find(id="error-summary")
    assert "There are 2 things to correct" in summary.text
    assert [link["href"] for link in summary.find_all("a")] == ["#email", "#password"]
    assert page.soup.find(id="email")["aria-describedby"] == "email-error"
    assert page.soup.find(id="email-error").text.strip() == "Enter your e-mail address."


def test_after_signing_in_one_is_where_one_wanted_to_go(visitor):
    asked = visitor.get("/orgs/acme/?page=2")
    assert asked.location == "/sign-in?next=/orgs/acme/?page%3D2"
    signed_in = asked.follow().submit(email=OWNER, password=PASSWORD)
    assert signed_in.location == "/orgs/acme/?page=2"


def test_a_question_mark_in_the_address_is_not_lost_on_the_way(visitor):
    asked = visitor.get("/orgs/acme/billing/invoices/a%3Fb?page=2")
    signed_in = asked.follow().submit(email=OWNER, password=PASSWORD)
    assert signed_in.location == "/orgs/acme/billing/invoices/a%3Fb?page=2"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\tx",
        "///evil.example",
        "//[",
        " https://evil.example",
        "http:evil.example",
    ],
)
def test_the_way_after_signing_in_never_leads_elsewhere(visitor, target):
    page = visitor.get("/sign-in")
    token = page.soup.find("input", attrs={"name": "csrf_token"})["value"]
    fields = {"email": OWNER, "password": PASSWORD, "csrf_token": token}
    answer = visitor.client.post("/sign-in", query_string={"next": target}, data=fields)
    assert answer.location == "/"


def test_who_is_signed_in_goes_on_from_the_sign_in_page(visitor):
    visitor.sign_in(OWNER)
    assert visitor.get("/sign-in?next=/orgs/acme/").location == "/orgs/acme/"


def test_signing_out_ends_it(visitor):
    visitor.sign_in(OWNER)
    visitor.get("/").submit("/sign-out").follow()
    assert visitor.get("/orgs/acme/").location == "/sign-in?next=/orgs/acme/"


def test_a_session_from_before_signing_in_is_not_carried_into_it(visitor):
    # Whoever planted a session (fixation) must not share the one that follows.
    with visitor.client.session_transaction() as planted:
        planted["csrf_token"] = "planted"
        planted["mine"] = "planted"
    visitor.sign_in(OWNER)
    with visitor.client.session_transaction() as session:
        assert "mine" not in session
        assert session.get("csrf_token") != "planted"


def test_a_person_who_was_removed_is_signed_out(app, visitor, world):
    visitor.sign_in("nobody@nowhere.example")
    with database.writing(app.extensions["database"]).begin() as session:
        session.delete(session.get_one(User, world.person("nobody@nowhere.example").user_id))
    assert visitor.get("/staff/").location == "/sign-in?next=/staff/&ended=1"


def test_a_hash_of_older_strength_is_made_anew_at_sign_in(app, visitor, world, own_hasher, monkeypatch):
    monkeypatch.setattr(people, "_hasher", own_hasher)
    person = world.person(OWNER)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.writing(app.extensions["database"]).begin() as session:
        session.get_one(User, person.user_id).password_hash = weak
    assert visitor.sign_in(OWNER).status == 303
    with database.reading(app.extensions["database"])() as session:
        stored = session.get_one(User, person.user_id).password_hash
    assert stored != weak
    assert not PasswordHasher().check_needs_rehash(stored)
    assert PasswordHasher().verify(stored, PASSWORD)


def test_a_form_without_its_token_changes_nothing(visitor):
    answer = visitor.post("/sign-in", {"email": OWNER, "password": PASSWORD})
    assert answer.status == 400
    assert answer.h1 == "The form has expired"
    assert visitor.get("/orgs/acme/").status == 303


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole_when_the_session_has_ended(visitor):
    headers = PARTIAL | {"HX-Current-URL": "http://localhost/orgs/acme/?page=2"}
    answer = visitor.client.get("/orgs/acme/", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/orgs/acme/?page%3D2&ended=1"
    assert not answer.data


@pytest.mark.parametrize("seen", ["http://[", "//evil.example//evil.example/", "javascript:alert(1)", ""])
def test_htmx_without_a_page_of_ours_to_come_back_to_is_sent_to_the_sign_in_page_alone(visitor, seen):
    answer = visitor.client.get("/orgs/acme/", headers=PARTIAL | {"HX-Current-URL": seen})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in?ended=1")


def test_an_address_with_control_characters_is_refused_beside_its_field(visitor):
    # PostgreSQL does not even look for a text with a NUL in it.
    page = visitor.sign_in("owner\1@acme.example")
    assert page.status == 422
    assert page.soup.find(id="email-error").text.strip() == "Enter one line of text, without control characters."


ENDED = "Your session has ended."


def test_who_never_signed_in_is_not_told_that_a_session_has_ended(visitor):
    assert ENDED not in visitor.get("/orgs/acme/").follow().text


def test_a_session_that_ended_is_given_as_the_reason_until_something_is_wrong(app, visitor, world):
    visitor.sign_in("nobody@nowhere.example")
    with database.writing(app.extensions["database"]).begin() as session:
        session.delete(session.get_one(User, world.person("nobody@nowhere.example").user_id))
    page = visitor.get("/staff/").follow()
    assert ENDED in page.text
    assert ENDED not in page.submit("/sign-in", email=" ", password="").text


def test_a_form_that_is_sent_after_the_session_ended_says_why_it_was_not_taken(visitor):
    page = visitor.post("/orgs/acme/billing/profile", {"city": "Berlin"}).follow()
    assert (page.h1, ENDED in page.text) == ("Sign in", True)


def test_the_reason_is_no_text_of_whoever_made_the_link(visitor):
    page = visitor.get("/sign-in?ended=Call+0900+555")
    assert "0900" not in page.text
    assert ENDED in page.text
