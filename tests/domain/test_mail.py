"""Addresses that mail can be sent to, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, takewhile

import pytest

from portal.domain.mail import in_ascii, is_address, pause_after


@pytest.mark.parametrize(
    "text",
    ["a@b.example", "first.last+tag@sub.acme.example", "o'neill@acme.example", "ap@müller.example", "a@localhost"],
)
def test_what_is_an_address(text):
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "@b.example", "a@", "a b@c.example", "a@b example", "a@b@c.example", "a@b.example, c@d.example",
        "<a@b.example>", "a@b.example\r\nBcc: c@d.example", "a@b.example\n", "ä@b.example", "a@b..example",
        "a@.example", "a@[127.0.0.1]",
        f"a@{'b' * 64}.example", f"a@{'b.' * 130}example", "a@b\0.example", "a@b\u2028.example",
    ],
)  # fmt: skip
def test_what_is_none(text):
    assert not is_address(text)


def test_the_network_knows_a_domain_in_ascii():
    assert in_ascii("Ap@müller.example") == "Ap@xn--mller-kva.example"


def test_the_pauses_grow_and_end_within_three_days():
    pauses = [pause for pause in takewhile(bool, map(pause_after, count(1))) if pause]
    assert pauses == sorted(pauses)
    assert timedelta(days=2) < sum(pauses, timedelta()) < timedelta(days=3)
