"""Two clicks are one effect: a form that comes again gets the answer of the first time."""

from __future__ import annotations

import io

import pytest
from flask import flash
from sqlalchemy import func, select

from portal import database
from portal.models.billing_groups import BillingProfile
from portal.models.idempotency import AnsweredRequest
from portal.web import access, htmx, idempotency
from tests import once
from tests.billed import OWNER
from tests.pages import PARTIAL, Visitor

DATABASES = ("sqlite",)

PROFILE = "/orgs/acme/billing/profile"
ADMIN = "org_billing_admin@acme.example"
GIVEN = {
    "company": "Acme GmbH", "country": "Germany", "line1": "Torstraße 1", "city": "Berlin", "region": "Berlin",
    "postal_code": "10119",
}  # fmt: skip
SENT_BEFORE = "This was sent before with other entries, and those were taken."


@pytest.fixture
def owner(visitor):
    visitor.sign_in(OWNER)
    return visitor


def filled(visitor, **entered):
    """The form of the billing profile as it comes, filled in."""
    form = visitor.get(PROFILE).soup.find("form", action=PROFILE)
    drawn = {field["name"]: field.get("value", "") for field in form.find_all("input", type="hidden")}
    return drawn | GIVEN | entered


def count(app, table):
    with database.reading(app.extensions["database"])() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_the_same_form_again_is_answered_alike_and_changes_nothing(app, owner):
    fields = filled(owner)
    first, second = owner.post(PROFILE, fields), owner.post(PROFILE, fields)
    assert (first.status, first.location, first.answer.data) == (303, PROFILE, second.answer.data)
    assert (second.status, second.location) == (303, PROFILE)
    assert count(app, BillingProfile) == 1


def test_what_was_said_is_said_again_and_once(owner):
    fields = filled(owner)
    owner.post(PROFILE, fields).follow()
    owner.post(PROFILE, fields)
    news = owner.post(PROFILE, fields).follow().soup.find(id="news")
    assert news.text.count("The billing profile is saved") == 1


def test_a_part_of_a_page_comes_again_as_it_was_and_its_form_has_a_new_key(owner):
    fields = filled(owner)
    first, second = owner.post_part(PROFILE, fields), owner.post_part(PROFILE, fields)
    assert first.status == second.status == 200
    assert first.answer.data == second.answer.data
    [drawn] = first.soup.find_all("input", attrs={"name": idempotency.FIELD})
    assert drawn["value"] != fields[idempotency.FIELD]


def test_the_same_without_script_or_with_it_leads_to_the_page(app, owner):
    by_script, plainly = filled(owner), filled(owner, city="Potsdam")
    owner.post_part(PROFILE, by_script)
    assert owner.post(PROFILE, by_script).location == PROFILE
    owner.post(PROFILE, plainly)
    again = owner.client.post(PROFILE, data=plainly, headers=PARTIAL)
    assert (again.status_code, again.headers["HX-Redirect"]) == (204, PROFILE)
    assert count(app, BillingProfile) == 2


def test_other_entries_with_the_same_key_are_a_conflict_in_words(app, owner):
    fields = filled(owner)
    owner.post(PROFILE, fields)
    page = owner.post(PROFILE, fields | {"city": "Potsdam"})
    assert (page.status, page.h1) == (409, "That has been done already")
    assert SENT_BEFORE in page.text
    assert page.soup.select("#nav .nav a"), "the page stands in the frame"
    part = owner.post_part(PROFILE, fields | {"city": "Potsdam"})
    assert part.status == 409
    assert part.answer.headers["HX-Retarget"] == "#alert"
    assert SENT_BEFORE in part.text
    assert count(app, BillingProfile) == 1


def test_a_refused_form_may_be_sent_again_corrected(app, owner):
    """KEY-4."""
    fields = filled(owner)
    assert owner.post(PROFILE, fields | {"city": ""}).status == 422
    assert count(app, AnsweredRequest) == 0
    assert owner.post(PROFILE, fields).status == 303
    assert count(app, BillingProfile) == 1


def test_another_persons_key_is_another_key(app, owner):
    fields = filled(owner)
    owner.post(PROFILE, fields)
    admin = Visitor(app)
    admin.sign_in(ADMIN)
    theirs = filled(admin, city="Potsdam") | {idempotency.FIELD: fields[idempotency.FIELD]}
    assert admin.post(PROFILE, theirs).status == 303
    assert count(app, BillingProfile) == 2


def test_a_new_token_against_forgery_is_the_same_form(app, owner):
    fields = filled(owner)
    owner.post(PROFILE, fields)
    newer = filled(owner)["csrf_token"]
    assert owner.post(PROFILE, fields | {"csrf_token": newer}).status == 303
    assert count(app, BillingProfile) == 1


@pytest.mark.parametrize("key", ["two words", "ä", "x" * 201])
def test_a_key_that_is_none_is_refused_before_anything_is_done(app, owner, key):
    assert owner.post(PROFILE, filled(owner) | {idempotency.FIELD: key}).status == 400
    assert count(app, BillingProfile) == 0


def test_a_file_and_the_address_belong_to_what_was_sent(app, world):
    done = []

    @app.post("/deeds/<name>")
    @access.public
    @idempotency.once
    def deed(name: str):
        flash("Done.")
        done.append(name)
        return htmx.leave("/")

    def send(path, content):
        visitor = Visitor(app)
        page = visitor.get("/sign-in")
        [token] = page.soup.find_all("input", attrs={"name": "csrf_token"})
        form = {"csrf_token": token["value"], idempotency.FIELD: "k", "file": (content, "a.txt")}
        return visitor.client.post(path, data=form).status_code

    sent = [("/deeds/a", b"1"), ("/deeds/a", b"1"), ("/deeds/a", b"2"), ("/deeds/b", b"1"), ("/deeds/a?x=1", b"1")]
    assert [send(path, io.BytesIO(content)) for path, content in sent] == [303, 303, 409, 409, 409]
    assert done == ["a"]


def test_a_fault_leaves_the_key_free(app, world):
    tried = []

    @app.post("/broken")
    @access.signed_in
    @idempotency.once
    def broken():
        tried.append(1)
        if len(tried) == 1:
            raise RuntimeError("killed half-way")
        return htmx.leave("/")

    owner = Visitor(app)
    owner.sign_in(OWNER)
    fields = filled(owner)
    assert [owner.post("/broken", fields).status for _ in range(3)] == [500, 303, 303]
    assert len(tried) == 2


def test_no_password_can_be_guessed_from_what_is_kept(app, settings):
    """The hash is keyed: without the installation's secret nobody can try passwords against it."""

    def fingerprint(secret):
        app.secret_key = secret
        with app.test_request_context("/x", method="POST", data={"password": "hunter2"}):
            return idempotency._fingerprint()

    assert fingerprint("a" * 32) != fingerprint("b" * 32)
    assert fingerprint("a" * 32) == fingerprint("a" * 32)


def test_every_route_that_changes_something_says_what_two_of_it_are(app):
    unmarked = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"} and not idempotency.repeats_of(app, rule.endpoint)
    ]
    assert not unmarked, "Mark it @once below its guard, or @repeatable with the reason why it needs no key."


def test_a_form_without_its_key_is_found(app, owner):
    soup = owner.get(PROFILE).soup
    once.check_keys(app, soup)
    soup.find("input", attrs={"name": idempotency.FIELD}).decompose()
    with pytest.raises(AssertionError, match="without a key"):
        once.check_keys(app, soup)
