"""The secret key is changed while people are signed in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.app import create_app
from tests.pages import Visitor

DATABASES = ("sqlite",)
OWNER = "org_owner@acme.example"
OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def after(settings, world):
    """Whoever signed in with the old key comes back to a portal with other keys."""
    made: list[Visitor] = []

    def come_back(**keys):
        signed_in = Visitor(create_app(replace(settings, secret_key=OLD)))
        signed_in.sign_in(OWNER)
        cookie = signed_in.client.get_cookie("session")
        assert cookie
        later = Visitor(create_app(replace(settings, **keys)))
        later.client.set_cookie("session", cookie.value)
        made.extend((signed_in, later))
        return later.get("/orgs/acme/")

    yield come_back
    for visitor in made:
        visitor.app.extensions["database"].dispose()


def test_with_the_old_key_beside_the_new_one_nobody_signs_in_again(after):
    assert after(secret_key=NEW, secret_key_fallbacks=(OLD,)).status == 200


def test_once_the_old_key_is_taken_away_its_sessions_are_good_no_more(after):
    assert after(secret_key=NEW).status == 303
