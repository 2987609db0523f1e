"""A cancelled payment's usage is carried on line by line, without a cent lost or made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.carrying import share_of


def test_the_first_cents_belong_to_the_payments_above() -> None:
    lines = [("a", 100), ("b", 50), ("c", 25)]
    assert list(share_of(lines, skip=120, take=40)) == [("b", 30), ("c", 10)]
    assert list(share_of(lines, skip=0, take=175)) == lines


@given(st.lists(st.integers(0, 1_000)), st.integers(0, 5_000), st.integers(0, 5_000))
def test_shares_of_a_day_add_up_to_the_day(amounts: list[int], first: int, second: int) -> None:
    lines = list(enumerate(amounts))
    first = min(first, sum(amounts))
    second = min(second, sum(amounts) - first)
    rest = sum(amounts) - first - second
    parts = [
        *share_of(lines, skip=0, take=first),
        *share_of(lines, skip=first, take=second),
        *share_of(lines, skip=first + second, take=rest),
    ]
    assert sum(cents for _, cents in parts) == sum(amounts)
    for line, amount in lines:
        assert sum(cents for one, cents in parts if one == line) == amount
