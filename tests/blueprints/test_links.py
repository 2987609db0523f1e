"""Links that are kept lead where those lead that are worked out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask
import pytest
from flask import g

from portal.web.links import url_for

if TYPE_CHECKING:
    from flask import Flask

DATABASES = ("sqlite",)


def test_the_same_page_of_another_organization_has_another_address(app: Flask) -> None:
    for slug in ("acme", "cobalt", "acme"):
        with app.test_request_context("/"):
            g.slug = slug
            assert url_for("billing.invoice", number="CI-1") == f"/orgs/{slug}/billing/invoices/CI-1"


def test_a_portal_below_a_path_keeps_it_in_its_links(app: Flask) -> None:
    for root in ("", "/portal", ""):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            assert url_for("auth.sign_in") == f"{root}/sign-in"


@pytest.mark.parametrize("values", [{"ended": 1}, {"ended": True}, {"ended": None}, {"ended": "1", "next": "/a b"}])
def test_each_kind_of_value_makes_the_link_that_flask_makes(app: Flask, values: dict[str, object]) -> None:
    with app.test_request_context("/"):
        for _ in range(2):
            assert url_for("auth.sign_in", **values) == flask.url_for("auth.sign_in", **values)  # type: ignore[arg-type]


def test_true_is_not_the_number_one(app: Flask) -> None:
    with app.test_request_context("/"):
        assert url_for("auth.sign_in", ended=1) != url_for("auth.sign_in", ended=True)


def test_a_page_is_named_within_its_own_part_of_the_portal(app: Flask) -> None:
    for path, expected in (("/sign-in", "/sign-in"), ("/forgotten-password", "/sign-in")):
        with app.test_request_context(path):
            assert url_for(".sign_in") == expected
