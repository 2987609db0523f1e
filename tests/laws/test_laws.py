"""What holds for every contract, whatever its figures: no cent is lost or made, and when one looks does not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.commitments import Commitment, in_month
from portal.domain.drawing import Portion, Source, draw_down, in_drawing_order
from portal.domain.methods import Method
from portal.domain.money import USD, Money
from portal.domain.periods import Days, Month, add_months
from portal.domain.settlement import Part, settle

BEGIN = date(2024, 1, 1)
CARD = Source(method=Method.CARD, days=Days(BEGIN))
DAYS = st.integers(0, 365).map(lambda count: BEGIN + timedelta(days=count))
CENTS = st.integers(0, 500_000).map(lambda cents: Money(cents, USD))
SPENT = st.dictionaries(DAYS.map(Portion), CENTS, max_size=40)
SPANS = st.builds(lambda first, count: Days(first, first + timedelta(days=count)), DAYS, st.integers(1, 200))
PRIORITIES = st.none() | st.integers(1, 3)
CREDITS = st.builds(
    Source, method=st.sampled_from([Method.PREPAID, Method.PROMOTIONAL]), days=SPANS, capacity=CENTS,
    credit_id=st.integers(1, 9), priority=PRIORITIES,
)  # fmt: skip
ELASTICS = st.builds(Source, method=st.just(Method.ELASTIC), days=SPANS, subscription_id=st.integers(1, 9))
LISTS = st.lists(CREDITS | ELASTICS, max_size=6).map(lambda rows: [*in_drawing_order(rows), CARD])
STARTS = st.dates(date(2023, 1, 1), date(2025, 12, 31)) | st.sampled_from(
    [date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 29), date(2024, 8, 31), date(2025, 1, 30), date(2025, 2, 1)]
)
METHODS = st.sampled_from([Method.MONTHLY_COMMITMENT, Method.FLEX_COMMITMENT, Method.GCP_COMMITMENT])
# A month's usage in cents, of the size that some pools live through and some do not.
MONTHLY = st.lists(st.integers(0, 300_000), min_size=26, max_size=26)
TOTALS = st.integers(1, 2_000_000)


@given(LISTS, SPENT)
def test_no_cent_is_lost_or_made(sources, owed):
    drawn = draw_down(sources, owed)
    for portion, amount in owed.items():
        assert Money.total((part for one in drawn for at, part in one.portions if at == portion), USD) == amount
    parts = settle(sources, owed)
    assert Money.total((part.usage for part in parts), USD) == Money.total(owed.values(), USD)


@given(LISTS, SPENT)
def test_a_row_pays_on_its_own_days_and_never_more_than_it_has(sources, owed):
    for one in draw_down(sources, owed):
        assert all(day in one.source.days for day in one.days)
        assert one.source.capacity is None or one.total <= one.source.capacity


@given(LISTS, SPENT)
def test_nothing_comes_down_to_a_row_while_one_above_it_has_something_left(sources, owed):
    drawn = draw_down(sources, owed)
    for place, one in enumerate(drawn):
        for day in one.days:
            for above in (other for other in drawn[:place] if day in other.source.days):
                assert above.source.capacity == above.before(day + timedelta(days=1))


@given(st.lists(CREDITS, max_size=6), SPENT)
def test_one_run_over_a_year_is_twelve_runs_over_its_months(rows, owed):
    sources = [*in_drawing_order(rows), CARD]
    at_once = [one.portions for one in draw_down(sources, owed)]
    by_month = [list[tuple[Portion, Money]]() for _ in sources]
    for _, portions in groupby(sorted(owed, key=lambda one: one.posted_on), key=lambda one: Month.of(one.posted_on)):
        for kept, one in zip(by_month, draw_down(sources, {one: owed[one] for one in portions}), strict=True):
            kept.extend(one.portions)
        sources = [
            left_of(source, kept) for source, kept in zip([*in_drawing_order(rows), CARD], by_month, strict=True)
        ]
    assert [list(portions) for portions in at_once] == by_month


def left_of(source: Source, taken: list[tuple[Portion, Money]]) -> Source:
    """The source as the next month finds it."""
    if source.capacity is None:
        return source
    return replace(source, capacity=source.capacity - Money.total((amount for _, amount in taken), USD))


@given(LISTS, SPENT, st.randoms())
def test_the_order_in_which_usage_is_posted_does_not_matter(sources, owed, random):
    shuffled = dict(random.sample(list(owed.items()), len(owed)))
    assert settle(sources, shuffled) == settle(sources, owed)


@given(STARTS, st.integers(1, 25), TOTALS, METHODS, MONTHLY)
def test_at_the_end_of_its_term_a_commitment_is_billed_to_the_cent(start, months, total, method, used):
    assert sum(part.billed.minor for part in commitment_parts(start, months, total, method, used)) == total


@given(STARTS, st.integers(1, 25), TOTALS, MONTHLY)
def test_a_bank_is_never_negative_and_no_figure_below_nothing(start, months, total, used):
    for part in commitment_parts(start, months, total, Method.MONTHLY_COMMITMENT, used):
        assert min(amount.minor for amount in part.explain.values()) >= 0
        explain = {name: amount.minor for name, amount in part.explain.items()}
        assert explain["charged"] == explain["commitment"] + explain["overage"] - explain["unused_credits_applied"]
        assert explain["left_to_use"] - explain["left_to_bill"] == explain["unused_credits_carried"]


@given(STARTS, st.integers(1, 25), TOTALS, MONTHLY)
def test_a_month_of_a_commitment_is_billed_its_share_unless_all_is_billed(start, months, total, used):
    left = total
    for part in commitment_parts(start, months, total, Method.MONTHLY_COMMITMENT, used):
        behind = part.source.commitment
        assert behind is not None
        assert part.billed.minor >= min(behind.share.minor, left)
        left -= part.billed.minor
        assert left >= 0


def commitment_parts(start: date, months: int, total: int, method: Method, used: list[int]) -> list[Part]:
    """The commitment's own part of every month of its term, with the figures of the months before kept between."""
    term = Days(start, add_months(start, months))
    found = list[Part]()
    of_pool, billed = 0, 0
    for month, usage in zip(months_of(term), used, strict=False):
        agreed = in_month(Money(total, USD), term, months, month, used=Money(of_pool, USD), billed=Money(billed, USD))
        parts = settle([source_of(method, agreed, term), CARD_SINCE_EVER], posted(usage, term, month))
        for part in (one for one in parts if one.source.method is method):
            of_pool += part.usage.minor
            billed += part.billed.minor
            found.append(part)
    return found


CARD_SINCE_EVER = Source(method=Method.CARD, days=Days(date(2000, 1, 1)))


def source_of(method: Method, agreed: Commitment, term: Days) -> Source:
    """The commitment as a row that usage is drawn from."""
    return Source(method=method, days=term, capacity=agreed.left_to_use, subscription_id=1, commitment=agreed)


def months_of(term: Days) -> list[Month]:
    """Every month that a day of the term lies in."""
    assert term.ends_before is not None
    return list(Month.of(term.starts_on).until(Month.of(term.ends_before - timedelta(days=1))))


def posted(usage: int, term: Days, month: Month) -> dict[Portion, Money]:
    """A month's usage in two halves, on the first and the last day of the month that the term covers."""
    assert term.ends_before is not None
    first, last = max(term.starts_on, month.first_on), min(term.ends_before, month.ends_before) - timedelta(days=1)
    halves = {Portion(first): usage // 2, Portion(last): usage - usage // 2}
    return {portion: Money(amount if first != last else usage, USD) for portion, amount in halves.items()}
