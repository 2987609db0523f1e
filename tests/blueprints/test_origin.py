"""What would change something comes from a page of ours, as far as the browser says where it comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from portal.app import create_app
from tests.pages import PARTIAL, PASSWORD, Visitor

DATABASES = ("sqlite",)

OWNER = "org_owner@acme.example"
OWN = "http://localhost"


def sign_in(visitor, **headers):
    """Send the form with its own token, and these headers."""
    page = visitor.get("/sign-in")
    token = str(page.soup.find("input", attrs={"name": "csrf_token"})["value"])
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"email": OWNER, "password": PASSWORD, "csrf_token": token}
    return visitor._looked_at(visitor.client.post("/sign-in", data=fields, headers=named))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN},
        {"Origin": OWN, "Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_a_form_of_ours_is_taken(visitor, headers):
    assert sign_in(visitor, **headers).status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "https://localhost"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": OWN, "Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_a_good_token(visitor, headers):
    page = sign_in(visitor, **headers)
    assert (page.status, page.h1) == (403, "The form was sent from another site")
    assert visitor.get("/orgs/acme/").status == 303


def test_the_refusal_is_a_part_for_htmx(visitor):
    page = visitor._looked_at(
        visitor.client.post("/sign-out", headers=PARTIAL | {"Origin": "https://evil.example"}), whole=False
    )
    assert (page.status, page.answer.headers["HX-Retarget"]) == (403, "#alert")


def test_looking_at_a_page_from_elsewhere_is_no_harm(visitor):
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert visitor.client.get("/sign-in", headers=headers).status_code == 200


def test_behind_a_proxy_that_ends_https_and_is_not_believed_the_address_of_the_setting_is_ours(settings, world):
    app = create_app(replace(settings, base_url="https://localhost"))
    client = Visitor(app).client
    page = client.get("/sign-in")
    token = BeautifulSoup(page.text, "html.parser").select("main input[name=csrf_token]")[0]["value"]
    headers = {"Origin": "https://localhost", "Cookie": page.headers["Set-Cookie"].partition(";")[0]}
    fields = {"email": OWNER, "password": PASSWORD, "csrf_token": str(token)}
    assert client.post("/sign-in", data=fields, headers=headers).status_code == 303
    app.extensions["database"].dispose()
