"""Your account: who one is, the password, where one is signed in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal import clock, database
from portal.domain.throttles import PASSWORD_CHECK, Hit
from portal.models.outbox import Message, Recipient
from portal.services import throttles
from tests.pages import PASSWORD, Visitor

DATABASES = ("sqlite",)

OWNER = "org_owner@acme.example"
NEW = "brisk otter lamp"


@pytest.fixture
def owner(visitor):
    visitor.sign_in(OWNER)
    return visitor


def change(visitor, current=PASSWORD, new=NEW):
    return visitor.get("/account").submit("/account/password", current_password=current, new_password=new)


def others(app, count):
    made = [Visitor(app) for _ in range(count)]
    for each in made:
        each.sign_in(OWNER)
    return made


def ending_of(page):
    """Where the button leads that ends the one other session."""
    (form,) = page.soup.select("form[action^='/account/sessions/']")
    return str(form["action"])


def test_the_menu_of_every_page_leads_to_the_account(owner):
    page = owner.get("/orgs/acme/").click("Your account")
    assert page.h1 == "Your account"
    assert OWNER in page.text


def test_who_knows_the_current_password_takes_another_one(app, owner):
    page = change(owner).follow()
    assert "Your password is changed. Everywhere else you are signed out." in page.text
    assert "Password changed by" in page.text
    assert Visitor(app).sign_in(OWNER, PASSWORD).status == 422
    assert Visitor(app).sign_in(OWNER, NEW).status == 303


def test_everywhere_else_one_is_signed_out_and_here_with_a_new_cookie(app, owner):
    (other,) = others(app, 1)
    copied = owner.client.get_cookie("session").value
    change(owner)
    assert owner.get("/orgs/acme/").status == 200
    assert other.get("/orgs/acme/").status == 303
    thief = Visitor(app)
    thief.client.set_cookie("session", copied)
    assert thief.get("/orgs/acme/").status == 303


def test_the_person_hears_of_it_by_mail(app, owner):
    change(owner)
    with database.reading(app.extensions["database"])() as session:
        assert session.scalars(select(Message.subject)).all() == ["Your password was changed"]
        assert session.scalars(select(Recipient.address)).all() == [OWNER]


@pytest.mark.parametrize(
    ("current", "new", "field", "words"),
    [
        ("wrong", NEW, "current_password", "This is not your current password."),
        ("", NEW, "current_password", "Enter your current password."),
        (PASSWORD, "", "new_password", "Enter a new password."),
        (PASSWORD, "password1234", "new_password", "soon be guessed"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_changes(app, owner, current, new, field, words):
    (other,) = others(app, 1)
    page = change(owner, current, new)
    assert page.status == 422
    assert words in page.soup.find(id=f"{field}-error").text
    assert other.get("/orgs/acme/").status == 200
    assert Visitor(app).sign_in(OWNER).status == 303


def test_a_session_left_open_is_no_place_to_guess_the_password(app, owner, world):
    with database.writing(app.extensions["database"]).begin() as session:
        for _ in range(10):
            throttles.count(session, [Hit(PASSWORD_CHECK, str(world.person(OWNER).user_id))], at=clock.now())
    page = change(owner)
    assert page.status == 429
    assert page.h1 == "Your account"
    assert "Try again in 15 minutes." in page.text
    assert PASSWORD not in str(page.soup)


def test_one_sees_where_one_is_signed_in_and_ends_it(app, owner):
    first, second = others(app, 2)
    page = owner.get("/account")
    assert page.text.count("This session") == 1
    buttons = page.soup.select("form[action^='/account/sessions/'] button")
    assert len(buttons) == 2
    page.submit(str(buttons[0].find_parent("form")["action"]))
    assert sorted(each.get("/orgs/acme/").status for each in (first, second)) == [200, 303]
    assert owner.get("/orgs/acme/").status == 200


def test_all_others_end_at_once(app, owner):
    made = others(app, 2)
    page = owner.get("/account").submit("/account/other-sessions/ending").follow()
    assert "You are signed out everywhere else." in page.text
    assert [each.get("/orgs/acme/").status for each in made] == [303, 303]
    assert not page.soup.select("form[action='/account/other-sessions/ending']")


def test_nobody_ends_the_session_of_somebody_else(app, owner):
    stranger = Visitor(app)
    stranger.sign_in("org_member@acme.example")
    (other,) = others(app, 1)
    action = ending_of(owner.get("/account"))
    token = str(stranger.get("/account").soup.select("input[name=csrf_token]")[0]["value"])
    assert stranger.post(action, {"csrf_token": token}).status == 303
    assert other.get("/orgs/acme/").status == 200


def test_an_end_that_is_asked_for_twice_is_one(app, owner):
    others(app, 1)
    page = owner.get("/account")
    action = ending_of(page)
    assert [page.submit(action).status for _ in range(2)] == [303, 303]
