"""What the browser is told with each kind of answer, word for word, and what an answer must not give away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import database
from portal.app import create_app
from portal.domain.permissions import Action
from portal.web import access
from tests.billed import VIEWER, bill_acme, make_documents
from tests.pages import PARTIAL, Visitor

DATABASES = ("sqlite",)

OWNER = "org_owner@acme.example"
PAGE, BILLING = "/orgs/acme/", "/orgs/acme/billing"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
EVERY = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
HTML = EVERY | {"Content-Type": "text/html; charset=utf-8", "Vary": "HX-Request, HX-Request-Type, Cookie"}
SIGNED_IN = HTML | {"Cache-Control": "no-store"}
STATIC = {
    "Cache-Control": "max-age=31536000, public",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Content-Type": 'text/css; charset="utf-8"',
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# What is different each time; of these the tests of their own say more.
LIVING = {"Content-Length", "Date", "ETag", "Last-Modified", "Set-Cookie", "X-Request-Id"}


def told(visitor, method, path, **kwargs):
    """The status, and all that does not change from one answer to the next."""
    with visitor.client.open(path, method=method, **kwargs) as answer:
        fixed = {name: value for name, value in answer.headers.items() if name not in LIVING}
        return answer.status_code, fixed


@pytest.fixture
def seen(visitor):
    """Somebody who has a cookie, and is nobody yet."""
    visitor.get("/sign-in")
    return visitor


@pytest.fixture
def owner(visitor):
    visitor.sign_in(OWNER)
    visitor.get(PAGE)
    return visitor


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("GET", "/", 200, {}),
        ("HEAD", "/", 200, {}),
        ("GET", "/sign-in", 200, {}),
        ("GET", "/nowhere", 404, {}),
        ("GET", "/static/nothing", 404, {}),
        ("OPTIONS", "/sign-in", 200, {"Allow": "GET, HEAD, OPTIONS, POST"}),
        ("DELETE", "/sign-out", 405, {"Allow": "OPTIONS, POST"}),
        ("POST", "/static/base.css", 405, {"Allow": "GET, HEAD, OPTIONS"}),
        ("OPTIONS", "/static/base.css", 200, {"Allow": "GET, HEAD, OPTIONS"}),
        ("GET", PAGE, 303, {"Location": "/sign-in?next=/orgs/acme/"}),
    ],
)
def test_every_page_says_all_of_it_and_nothing_else(seen, method, path, status, more):
    answered, headers = told(seen, method, path)
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    assert (answered, headers) == (status, HTML | more)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "more"),
    [
        ("GET", PAGE, {}, 200, {}),
        ("HEAD", PAGE, {}, 200, {}),
        ("GET", f"{BILLING}/invoices", PARTIAL, 200, {}),
        ("GET", PAGE, PARTIAL, 204, {"HX-Redirect": PAGE}),
        ("GET", "/orgs/cobalt/", {}, 404, {}),
        ("GET", "/staff/", {}, 403, {}),
        ("GET", "/orgs/cobalt/", PARTIAL, 404, {"HX-Retarget": "#alert", "HX-Reswap": "innerHTML show:top"}),
        ("GET", "/sign-in", {}, 303, {"Location": "/"}),
        ("OPTIONS", PAGE, {}, 200, {"Allow": "GET, HEAD, OPTIONS"}),
        ("PUT", PAGE, {}, 405, {"Allow": "GET, HEAD, OPTIONS"}),
    ],
)
def test_what_a_signed_in_person_sees_is_kept_nowhere(owner, method, path, headers, status, more):
    answered, said = told(owner, method, path, headers=headers)
    if "Allow" in said:
        said["Allow"] = ", ".join(sorted(said["Allow"].split(", ")))
    assert (answered, said) == (status, SIGNED_IN | more)


def test_files_say_what_they_are_and_are_kept_nowhere(app, world, visitor):
    with database.writing(app.extensions["database"]).begin() as session:
        number = bill_acme(session, world).numbers["2024-01"]
    make_documents(app)
    visitor.sign_in(VIEWER)
    for name, mimetype in [("usage.csv", "text/csv; charset=utf-8"), ("cloud-invoice.pdf", "application/pdf")]:
        status, headers = told(visitor, "GET", f"{BILLING}/invoices/{number}/{name}")
        assert status == 200
        assert headers.pop("Content-Disposition").startswith("attachment; filename=")
        assert headers == EVERY | {"Cache-Control": "no-store", "Content-Type": mimetype, "Vary": "Cookie"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_static_files_are_for_our_pages_and_stand_in_no_frame(seen, method):
    assert told(seen, method, "/static/base.css") == (200, STATIC)


def test_an_answer_that_brings_a_cookie_is_kept_nowhere(visitor):
    answer = visitor.client.get("/sign-in")
    assert "Set-Cookie" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_over_https_every_answer_and_every_file_gives_plain_http_up(settings, world):
    app = create_app(replace(settings, base_url="https://localhost"))
    client = app.test_client()
    for path in ("/", "/sign-in", "/nowhere", "/healthz", "/static/base.css", "/static/nothing"):
        with client.get(path, base_url="https://localhost") as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path
    app.extensions["database"].dispose()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_under_a_foreign_name_there_is_only_a_page_that_says_so(seen, method):
    answer = seen.client.open("/sign-in", method=method, base_url="http://evil.example")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "This is not the portal’s address" in page
    assert "evil.example" not in page
    assert answer.headers["X-Request-Id"] in page
    fixed = {name: value for name, value in answer.headers.items() if name not in LIVING}
    assert fixed == HTML


@pytest.mark.parametrize("given", ["short", "12345678<script>", "1" * 65, "1234 5678", ""])
def test_a_number_of_the_request_that_is_none_is_replaced(visitor, given):
    assert visitor.client.get("/", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given
    assert visitor.client.get("/", headers={"X-Request-Id": "asked-by-proxy-1"}).headers["X-Request-Id"] == (
        "asked-by-proxy-1"
    )


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
