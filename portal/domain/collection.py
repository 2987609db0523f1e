"""When a declined charge is tried again."""

from __future__ import annotations

from datetime import date, timedelta

RETRY_AFTER_DAYS = (3, 7, 14)


def next_try_on(first_tried_on: date, last_tried_on: date) -> date | None:
    """The next of the days 3, 7 and 14 after the first attempt that no attempt has reached yet; None after the last."""
    days = (first_tried_on + timedelta(days=after) for after in RETRY_AFTER_DAYS)
    return next((day for day in days if day > last_tried_on), None)
