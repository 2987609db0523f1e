"""The first 30 days of use: nothing is charged in them, and a code applied in them covers what was used (atlas 5)."""

from __future__ import annotations

from datetime import date, timedelta

FREE_DAYS = 30


def is_inside(first_used_on: date | None, on: date) -> bool:
    """Whether `on` is one of the first 30 days; day 1 is the first day with billable usage (A1, A2, A4, AMB-12)."""
    return first_used_on is not None and first_used_on <= on < day_31(first_used_on)


def day_31(first_used_on: date) -> date:
    """The first day on which a card may be charged."""
    return first_used_on + timedelta(days=FREE_DAYS)


def collect_on(first_used_on: date | None, *, closed_on: date) -> date:
    """When a payment of a month closed on `closed_on` may be charged: at once, or on day 31 (A1–A3)."""
    return closed_on if first_used_on is None else max(closed_on, day_31(first_used_on))


def covers_from(first_used_on: date | None, *, applied_on: date, starts_on: date, open_from: date) -> date:
    """The first day whose usage a subscription settles; `open_from` is the first day of the oldest open month.

    Applied inside the first 30 days of use it covers what is not invoiced yet from the first use on (A1): the running
    month, and one that has ended and waits to be closed. Later, or where it is agreed to start later, it covers from
    its own day (A2, E4).
    """
    if starts_on > applied_on or first_used_on is None or not is_inside(first_used_on, applied_on):
        return starts_on
    return max(first_used_on, open_from)
