"""Committed credits: what each month's share of them is, and how much is left as a month begins (atlas 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from portal.domain.money import Money, round_half_up
from portal.domain.periods import Days, Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A commitment as one month of its term begins, in US dollars.

    `total` is what was committed (C), `used_before` the usage that it took in earlier months (CU), `billed_before` what
    they were billed for it (CB), and `share` the prorated commitment of this month (M). In the last month of the term
    everything that was not billed yet is due. `beyond_before` is what earlier months used beyond it and were billed
    for: a commitment that is raised later does not take it again.
    """

    total: Money
    share: Money
    is_last: bool
    used_before: Money
    billed_before: Money
    beyond_before: Money

    @property
    def left_to_use(self) -> Money:
        """C − CU: what usage can still be taken from."""
        return max(self.total - self.used_before, Money.zero(self.total.currency))

    @property
    def left_to_bill(self) -> Money:
        """C − CB."""
        return self.total - self.billed_before

    @property
    def bank(self) -> Money:
        """CB − CU: paid for and not used; never below nothing."""
        return max(self.billed_before - self.used_before, Money.zero(self.total.currency))

    @property
    def month_share(self) -> Money:
        """What this month is billed at least: its share, in the last month all that is left, never more than that."""
        return self.left_to_bill if self.is_last else min(self.share, self.left_to_bill)


def in_month(
    total: Money, term: Days, months: int, month: Month, *, used: Money, billed: Money, beyond: Money | None = None
) -> Commitment:
    """The commitment `total` over `term` (of so many `months`) as `month` begins; the others are until then."""
    return Commitment(
        total=total,
        share=share_of(total, term, months, month),
        is_last=is_last_month(term, month),
        used_before=used,
        billed_before=billed,
        beyond_before=beyond or Money.zero(total.currency),
    )


def share_of(total: Money, term: Days, months: int, month: Month) -> Money:
    """The prorated commitment of `month`: C / T × covered days / days of the month, rounded once (AMB-7).

    The last month of the term takes what is left instead; `Commitment.month_share` sees to it.
    """
    covered = days_inside(term, month)
    return Money(round_half_up(Fraction(total.minor * covered, months * month.days)), total.currency)


def is_last_month(term: Days, month: Month) -> bool:
    """Whether the last day of `term` lies in `month`."""
    return term.ends_before is not None and month.first_on < term.ends_before <= month.ends_before


def days_inside(term: Days, month: Month) -> int:
    """How many days of `month` lie in `term`."""
    first = max(term.starts_on, month.first_on)
    ends_before = month.ends_before if term.ends_before is None else min(term.ends_before, month.ends_before)
    return max((ends_before - first).days, 0)
