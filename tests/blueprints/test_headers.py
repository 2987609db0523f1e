"""What the browser is told with each answer, word for word, and what an answer must not give away."""

from __future__ import annotations

import pytest

from portal.domain.permissions import Action
from portal.web import access
from tests.pages import Visitor

DATABASES = ("sqlite",)

OWNER = "org_owner@acme.example"
POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
}  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/sign-in", "/orgs/acme/", "/orgs/cobalt/", "/nowhere", "/healthz", "/static/nothing"]
)
def test_nothing_but_our_own_files_may_be_loaded_and_nobody_may_frame_us(visitor, path):
    headers = visitor.client.get(path).headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("given", ["short", "12345678<script>", "1" * 65, "1234 5678", ""])
def test_a_number_of_the_request_that_is_none_is_replaced(visitor, given):
    assert visitor.client.get("/", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given
    assert visitor.client.get("/", headers={"X-Request-Id": "asked-by-proxy-1"}).headers["X-Request-Id"] == (
        "asked-by-proxy-1"
    )


def test_what_cannot_be_done_at_an_address_is_answered_with_what_can(visitor):
    answer = visitor.client.delete("/sign-out")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_signing_out_leaves_nothing_in_the_session(visitor):
    visitor.sign_in(OWNER)
    page = visitor.get("/")
    token = page.soup.find("input", attrs={"name": "csrf_token"})["value"]
    page.submit("/sign-out")
    with visitor.client.session_transaction() as session:
        assert not session
    assert visitor.post("/sign-out", {"csrf_token": str(token)}).status == 400


def test_a_fault_in_an_organization_asks_the_database_nothing_more(app, world):
    @app.get("/orgs/<slug>/broken")
    @access.requires(Action.VIEW_ORGANIZATION)
    def broken() -> str:
        raise ZeroDivisionError

    visitor = Visitor(app)
    visitor.sign_in(OWNER)
    page = visitor.get("/orgs/acme/broken", budget=3)
    assert (page.status, page.h1) == (500, "Something went wrong on our side")
    assert not page.soup.select("#nav, details.account")
