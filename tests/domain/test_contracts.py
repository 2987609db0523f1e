"""Terms that cannot be are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.contracts import Terms, check_terms
from portal.domain.errors import Refusal
from portal.domain.methods import SubscriptionType

TERMS = Terms(type=SubscriptionType.ELASTIC, starts_on=date(2024, 8, 31), months=6, currency="EUR")


def test_a_term_ends_by_the_calendar() -> None:
    """4.1: 2024-08-31 + 6 months ends before 2025-02-28."""
    assert TERMS.ends_before == date(2025, 2, 28)
    assert replace(TERMS, months=None).ends_before is None


def test_terms_that_can_be_pass() -> None:
    check_terms(TERMS, applied_on=TERMS.starts_on)
    check_terms(replace(TERMS, months=None), applied_on=date(2024, 1, 1))


@pytest.mark.parametrize(
    ("terms", "applied_on", "reason"),
    [
        (TERMS, date(2024, 9, 1), "cannot start on 2024-08-31"),
        (replace(TERMS, months=0), TERMS.starts_on, "at least one month"),
        (replace(TERMS, elastic_unit_price=Decimal(0)), TERMS.starts_on, "above 0"),
        (replace(TERMS, unit_price=Decimal(0)), TERMS.starts_on, "above 0"),
    ],
)
def test_impossible_terms_are_refused(terms: Terms, applied_on: date, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        check_terms(terms, applied_on=applied_on)
