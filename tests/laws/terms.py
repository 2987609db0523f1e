"""Days, terms and monthly shares of a contract, counted the slow way from the specification."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE_DAY = timedelta(days=1)


def half_up(amount: Fraction) -> int:
    """G1: half a unit goes up; nothing that is rounded here is negative."""
    doubled = 2 * amount.numerator + amount.denominator
    return doubled // (2 * amount.denominator)


def months_later(day: date, months: int) -> date:
    """The same day that many months on; where the month has no such day, its last (4.1)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both counted."""
    while first <= last:
        yield first
        first += ONE_DAY


def month_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def days_of_month(month: date) -> list[date]:
    """Every day of the month."""
    return list(days(month, month.replace(day=monthrange(month.year, month.month)[1])))


def shares(total: int, start: date, months: int) -> dict[date, int]:
    """What falls on each month of the term (4.1): full months, parts by days, and what is left on the last."""
    covered = dict[date, int]()
    for day in days(start, months_later(start, months) - ONE_DAY):
        covered[month_of(day)] = covered.get(month_of(day), 0) + 1
    parts = {
        month: half_up(Fraction(total, months) * Fraction(count, len(days_of_month(month))))
        for month, count in covered.items()
    }
    last = max(parts)
    parts[last] = total - sum(part for month, part in parts.items() if month != last)
    return parts
