"""Who gets billing mail: the four rows of atlas 8.4, and nobody twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.billing_mail import recipients

PEOPLE = ("owner@acme.example", "admin@acme.example")


@pytest.mark.parametrize(
    ("address", "only", "expected"),
    [
        pytest.param("", False, PEOPLE, id="MAIL-1"),
        pytest.param("", True, PEOPLE, id="MAIL-2"),
        pytest.param("ap@acme.example", False, ("ap@acme.example", *PEOPLE), id="MAIL-3"),
        pytest.param("ap@acme.example", True, ("ap@acme.example",), id="MAIL-4"),
        pytest.param(None, True, PEOPLE, id="no address was ever given"),
        pytest.param("  ", True, PEOPLE, id="blanks are no address"),
    ],
)
def test_the_address_and_the_box_say_who_gets_the_mail(address, only, expected):
    assert recipients(address, PEOPLE, only=only) == expected


def test_an_owner_whose_address_is_the_billing_address_gets_one_mail():
    """MAIL-5: the spelling of the billing address is kept."""
    assert recipients("Owner@ACME.example", PEOPLE, only=False) == ("Owner@ACME.example", "admin@acme.example")


def test_somebody_with_two_roles_gets_one_mail():
    assert recipients("", ("a@acme.example", "A@acme.example"), only=False) == ("a@acme.example",)


@given(st.text(max_size=3), st.lists(st.text(max_size=3)), st.booleans())
def test_nobody_is_left_out_and_nobody_is_asked_twice(address, people, only):
    found = [one.casefold() for one in recipients(address, people, only=only)]
    assert len(set(found)) == len(found)
    wanted = {address.strip().casefold()} - {""}
    assert set(found) == (wanted if wanted and only else wanted | {one.casefold() for one in people})
