"""After its contracts have ended an organization without a payment method is asked for one with every change (4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal import clock, database
from portal.web.payment_asks import ASKED
from tests import customers
from tests.billed import OWNER, VIEWER, customer_of
from tests.contracts import activate, terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.customers import Customer
    from tests.pages import Page, Visitor
    from tests.world import World

DATABASES = ("sqlite",)

BILLING, PROFILE = "/orgs/acme/billing", "/orgs/acme/billing/profile"
ADDRESS = {
    "company": "Acme", "country": "Ireland", "line1": "1 Main Street", "city": "Dublin", "region": "Dublin",
    "postal_code": "D02 AF30",
}  # fmt: skip


@pytest.fixture
def change(app: Flask, world: World) -> Callable[[Callable[[Session, Customer], object]], None]:
    """Does something with Acme as a customer."""

    def do(step: Callable[[Session, Customer], object]) -> None:
        with database.writing(app.extensions["database"]).begin() as session:
            step(session, customer_of(session, world, "acme"))

    return do


@pytest.fixture
def owner(visitor: Visitor, change: Callable[..., None]) -> Visitor:
    """The owner of Acme, whose contract ended in 2024."""
    change(lambda session, acme: activate(session, acme, terms("flex_commitment")))
    visitor.sign_in(OWNER)
    return visitor


def save_profile(visitor: Visitor) -> Page:
    return visitor.get(PROFILE).submit(PROFILE, **ADDRESS)


def test_a_change_is_done_and_answered_with_the_request_for_a_payment_method(owner):
    answer = save_profile(owner)
    assert answer.status == 303
    page = answer.follow()
    assert [notice.get_text(strip=True) for notice in page.soup.select("#news .notice")] == [
        "The billing profile is saved. It counts from the next invoice on.",
        ASKED,
    ]
    assert page.soup.select("#news .notice[data-tone=warn]")


def test_htmx_gets_the_request_beside_what_was_done(owner):
    form = owner.get(PROFILE).soup.find("form", action=PROFILE)
    hidden = {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}
    part = owner.post_part(PROFILE, hidden | ADDRESS)
    assert part.status == 200
    assert [one["data-hx-swap-oob"] for one in part.soup.select("[data-hx-swap-oob]")] == [
        "innerHTML",
        "beforeend:#news",
    ]
    assert ASKED in part.text


def test_nothing_is_asked_of_who_has_a_payment_method_or_a_contract(owner, change):
    change(lambda session, acme: customers.pay_by(session, acme, "card_ok", on=customers.START))
    assert ASKED not in save_profile(owner).follow().text
    change(lambda session, acme: customers.take_away_method(session, acme, on=customers.START))
    assert ASKED in save_profile(owner).follow().text
    change(lambda session, acme: customers.go_elastic(session, acme, clock.today()))
    assert ASKED not in save_profile(owner).follow().text


def test_who_never_had_a_contract_is_not_asked(visitor):
    visitor.sign_in(OWNER)
    assert ASKED not in save_profile(visitor).follow().text


def test_what_is_refused_or_changes_nothing_of_billing_is_answered_as_ever(owner):
    refused = owner.get(PROFILE).submit(PROFILE, **ADDRESS | {"city": " "})
    assert refused.status == 422
    assert ASKED not in refused.text
    assert ASKED not in owner.get(BILLING, budget=26).text


def test_the_pages_say_what_ends_the_charges(owner):
    for path in (BILLING, f"{BILLING}/subscriptions"):
        assert "only ending the resources ends the charges" in owner.get(path, budget=26).text
    owner.client.delete_cookie("session")
    owner.sign_in(VIEWER)
    assert "Please add a payment method" in owner.get(BILLING, budget=26).text
