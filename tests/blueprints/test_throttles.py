"""Guessing passwords: limited by account and by network, on all machines together, and never the person's lock-out."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from portal import clock, database
from portal.app import create_app
from portal.config import ROOT
from portal.domain.errors import TooSoon
from portal.domain.throttles import SIGN_IN_ELSEWHERE, SIGN_IN_HERE, SIGN_IN_NETWORK, Hit
from portal.services import throttles
from portal.web import access
from tests.pages import PASSWORD, Visitor

DATABASES = ("sqlite",)

OWNER, STRANGER = "org_owner@acme.example", "stranger@acme.example"
TOO_OFTEN = "That was tried too often."


def count(app, hit, times):
    """As if it had been tried so often."""
    with database.writing(app.extensions["database"]).begin() as session:
        for _ in range(times):
            throttles.count(session, [hit], at=clock.now())


def try_from(visitor, address, password="a guess", *, email=OWNER, **headers):
    page = visitor.get("/sign-in")
    token = str(page.soup.find("input", attrs={"name": "csrf_token"})["value"])
    fields = {"email": email, "password": password, "csrf_token": token}
    answer = visitor.client.post("/sign-in", data=fields, headers=headers, environ_base={"REMOTE_ADDR": address})
    return visitor._looked_at(answer)


@pytest.mark.parametrize("email", [OWNER, OWNER.upper(), STRANGER])
def test_after_ten_wrong_passwords_one_has_to_wait_whoever_it_is(app, visitor, email):
    statuses = [visitor.sign_in(email, "a guess").status for _ in range(2)]
    count(app, Hit(SIGN_IN_HERE, f"{email.lower()} 127.0.0.1"), 8)
    page = visitor.sign_in(email, PASSWORD)
    assert (statuses, page.status) == ([422, 422], 429)
    assert TOO_OFTEN in page.text
    assert 0 < int(page.answer.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in page.text
    assert page.h1 == "Sign in"
    assert page.soup.title.text.startswith("Error: ")


def test_what_was_typed_is_kept_but_the_password(app, visitor):
    count(app, Hit(SIGN_IN_HERE, f"{OWNER} 127.0.0.1"), 10)
    page = visitor.sign_in(f"{OWNER} ", PASSWORD)
    assert page.status == 429
    assert page.soup.find(id="email")["value"] == OWNER
    assert not page.soup.find(id="password").get("value")
    assert PASSWORD not in str(page.soup)


def test_the_right_password_makes_up_for_the_wrong_ones_before(app, visitor):
    for _ in range(2):
        count(app, Hit(SIGN_IN_HERE, f"{OWNER} 127.0.0.1"), 9)
        assert visitor.sign_in(OWNER).status == 303
        visitor.get("/").submit("/sign-out")


def test_people_of_one_office_who_sign_in_rightly_do_not_count(app, visitor):
    count(app, Hit(SIGN_IN_NETWORK, "127.0.0.1"), 99)
    for _ in range(2):
        assert Visitor(app).sign_in(OWNER).status == 303
    assert Visitor(app).sign_in(OWNER, "a guess").status == 422
    assert Visitor(app).sign_in("org_member@acme.example").status == 429


def test_one_network_is_limited_whatever_the_account_and_the_address_in_it(app, visitor):
    count(app, Hit(SIGN_IN_NETWORK, "2001:db8:1:2::/64"), 99)
    assert try_from(visitor, "2001:db8:1:2::1", email=STRANGER).status == 422
    assert try_from(visitor, "2001:db8:1:2:ffff::9", email="other@acme.example").status == 429
    assert try_from(visitor, "2001:db8:1:3::1", email=STRANGER).status == 422


def test_who_guesses_from_everywhere_does_not_lock_out_the_person_at_home(app, visitor):
    assert try_from(visitor, "198.51.100.7", PASSWORD).status == 303
    count(app, Hit(SIGN_IN_ELSEWHERE, OWNER), 50)
    assert try_from(Visitor(app), "203.0.113.1", PASSWORD).status == 429
    assert try_from(Visitor(app), "198.51.100.7", PASSWORD).status == 303
    assert try_from(Visitor(app), "198.51.100.7").status == 422, "at home one may mistype, too"


@pytest.mark.parametrize("forged", ["1.2.3.4", "5.6.7.8, 9.10.11.12", "127.0.0.1"])
def test_a_forged_address_does_not_help_without_a_proxy(app, visitor, forged):
    count(app, Hit(SIGN_IN_NETWORK, "203.0.113.9"), 100)
    headers = {"X-Forwarded-For": forged, "Forwarded": f"for={forged}", "X-Real-IP": forged}
    assert try_from(visitor, "203.0.113.9", **headers).status == 429


def test_behind_a_proxy_the_address_that_it_adds_counts_and_no_other(settings, world):
    app = create_app(replace(settings, trusted_proxies=1))
    count(app, Hit(SIGN_IN_NETWORK, "203.0.113.9"), 100)
    proxy = "10.0.0.1"
    assert try_from(Visitor(app), proxy, **{"X-Forwarded-For": "203.0.113.9"}).status == 429
    assert try_from(Visitor(app), proxy, **{"X-Forwarded-For": "1.2.3.4, 203.0.113.9"}).status == 429
    assert try_from(Visitor(app), proxy, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}).status == 422
    app.extensions["database"].dispose()


@pytest.mark.parametrize("answer", [Visitor.get, Visitor.part])
def test_elsewhere_it_is_an_error_in_the_frame_or_a_notice(app, visitor, answer):
    @app.get("/patience")
    @access.public
    def patience() -> str:
        raise TooSoon(61)

    page = answer(visitor, "/patience")
    assert (page.status, page.answer.headers["Retry-After"]) == (429, "61")
    assert "Try again in 2 minutes. Nothing was changed." in page.text


ATTEMPTS = """
import sys
from portal.app import create_app
from portal.config import Settings
from tests.pages import Visitor
app = create_app(Settings.from_environment({"DATABASE_URL": sys.argv[1], "TRUSTED_HOSTS": "localhost"}))
visitor = Visitor(app)
print([visitor.sign_in(sys.argv[2], "a guess").status for _ in range(6)])
"""


def test_attempts_in_two_processes_are_counted_together(database_url, world):
    command = [sys.executable, "-c", ATTEMPTS, database_url, OWNER]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    statuses = [int(status) for each in running for status in each.communicate()[0].strip("[]\n").split(", ")]
    assert sorted(statuses) == [422] * 10 + [429] * 2
