"""Which months' unused credits a month of a commitment applied."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.domain import left_over
from portal.domain.explanations import sentence
from portal.domain.left_over import CommittedMonth, LeftOver
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Month

JANUARY, FEBRUARY, MARCH, APRIL = (Month(2024, number) for number in range(1, 5))
MC1 = [(600, 1000), (1300, 1000), (1500, 1400), (1000, 1000)]


def dollars(amount):
    return Money(amount * 100, USD)


def months(*used_and_billed):
    return [
        CommittedMonth(month, dollars(used), dollars(billed))
        for month, (used, billed) in zip(JANUARY.until(Month(2026, 1)), used_and_billed, strict=False)
    ]


def test_the_oldest_unused_credits_are_applied_first():
    """MC1."""
    applied = [left_over.applied_in(month, months(*MC1)) for month in (JANUARY, FEBRUARY, MARCH, APRIL)]
    assert applied == [[], [LeftOver(JANUARY, dollars(300))], [LeftOver(JANUARY, dollars(100))], []]


def test_one_month_may_apply_those_of_several():
    found = left_over.applied_in(MARCH, months((900, 1000), (800, 1000), (1250, 1000)))
    assert found == [LeftOver(JANUARY, dollars(100)), LeftOver(FEBRUARY, dollars(150))]


def test_a_month_that_is_not_among_them_applied_nothing():
    assert left_over.applied_in(APRIL, months((900, 1000))) == ()


def test_the_sentence_names_the_months():
    """7.6."""
    figures = {
        "commitment": "1000.00", "usage": "1300.00", "overage": "300.00", "unused_credits_applied": "300.00",
        "charged": "1000.00", "unused_credits_carried": "100.00", "left_to_bill": "10000.00", "left_to_use": "10100.00",
    }  # fmt: skip
    assert sentence(Method.MONTHLY_COMMITMENT, figures, left_over=[LeftOver(JANUARY, dollars(300))]) == (
        "$1,300.00 used: $1,000.00 commitment, $300.00 from credits left over in January 2024."
    )
    assert sentence(Method.MONTHLY_COMMITMENT, figures) == (
        "$1,300.00 used: $1,000.00 commitment, $300.00 from credits left over from earlier months."
    )


SENTENCES = [
    (
        Method.FLEX_COMMITMENT,
        {"left_to_use": "3200.00", "usage": "900.00", "drawn": "900.00", "shortfall": "2300.00"},
        "$900.00 used, and $2,300.00 of the commitment that was not used when its term ended.",
    ),
    (
        Method.PROMOTIONAL,
        {"left_before": "100.00", "usage": "650.00", "drawn": "100.00", "left_after": "0.00"},
        "$100.00 of $650.00 drawn from promotional credits, which are used up. Nothing is due.",
    ),
    (
        Method.PREPAID,
        {"left_before": "10000.00", "usage": "2500.00", "drawn": "2500.00", "left_after": "7500.00"},
        "$2,500.00 drawn from prepaid credits, of which $7,500.00 is left. Nothing is due.",
    ),
    (
        Method.GCP_ELASTIC,
        {"commitment": "12000.00", "used_before": "11500.00", "usage": "2000.00", "month_share": "1000.00",
         "beyond": "1500.00"},
        (
            "$1,500.00 of the month’s $2,000.00 goes beyond the whole commitment of $12,000.00;"
            " Google invoices it on top of the month’s share."
        ),
    ),
    (
        Method.GCP_COMMITMENT,
        {"commitment": "12000.00", "used_before": "0.00", "usage": "500.00", "month_share": "1000.00",
         "beyond": "0.00"},
        "Google invoices $1,000.00, the month’s share of the commitment of $12,000.00, however much was used.",
    ),
]  # fmt: skip


def test_each_method_says_why_in_one_sentence():
    for method, figures, expected in SENTENCES:
        assert sentence(method, figures) == expected


amounts = st.tuples(st.integers(0, 2000), st.integers(0, 2000))


@given(st.lists(amounts, min_size=1, max_size=24))
def test_what_is_applied_is_what_was_used_beyond_the_bill_and_was_left_over_before(pairs):
    all_months = months(*pairs)
    bank = 0
    for one in all_months:
        applied = sum(part.amount.minor for part in left_over.applied_in(one.month, all_months))
        wanted = max(one.used.minor - one.billed.minor, 0)
        assert applied == min(wanted, bank)
        bank += max(one.billed.minor - one.used.minor, 0) - applied
